import { dayMs } from '../../../lib/time.js';
import { isoTime, resourceId, uniqueId } from '../names.js';
import { type ApiCall, anyone, type CallScene, ec2Filter, people, read, workloads, write } from './api-call.js';

const requestId = (scene: CallScene) => scene.random.uuid();
const tags = (scene: CallScene, name: string) => ({
  items: [
    { key: 'Name', value: name },
    { key: 'environment', value: scene.estate.label },
    { key: 'managed-by', value: 'terraform' },
  ],
});

function launched(scene: CallScene): object {
  const { random, estate, awsRegion, time } = scene;
  return {
    requestId: requestId(scene),
    reservationId: resourceId(random, 'r'),
    ownerId: estate.accountId,
    groupSet: {},
    instancesSet: {
      items: [
        {
          instanceId: resourceId(random, 'i'),
          imageId: random.pick(estate.images),
          instanceState: { code: 0, name: 'pending' },
          privateDnsName: `ip-10-0-${random.below(255)}-${random.below(255)}.ec2.internal`,
          amiLaunchIndex: 0,
          instanceType: 'm7g.large',
          launchTime: time,
          placement: { availabilityZone: `${awsRegion}a`, tenancy: 'default' },
          monitoring: { state: 'pending' },
          subnetId: random.pick(estate.subnets),
          vpcId: random.pick(estate.vpcs),
          architecture: 'arm64',
          rootDeviceType: 'ebs',
          rootDeviceName: '/dev/xvda',
          virtualizationType: 'hvm',
          hypervisor: 'xen',
          tagSet: tags(scene, `${estate.label}-web`),
          groupSet: { items: [{ groupId: random.pick(estate.securityGroups), groupName: `${estate.label}-web` }] },
          enclaveOptions: { enabled: false },
          metadataOptions: { state: 'pending', httpTokens: 'required', httpPutResponseHopLimit: 2 },
        },
      ],
    },
  };
}

/** EC2, Auto Scaling, load balancing, ECS, ECR and Lambda, in no order. */
export const computeCalls = {
  describeInstances: read('ec2', 'DescribeInstances', anyone, ({ random, estate }) => ({
    requestParameters: {
      maxResults: 100,
      instancesSet: {},
      filterSet: ec2Filter('instance-id', [random.pick(estate.instances), random.pick(estate.instances)]),
    },
  })),
  describeInstanceStatus: read('ec2', 'DescribeInstanceStatus', workloads, ({ random, estate }) => ({
    requestParameters: {
      instancesSet: { items: [{ instanceId: random.pick(estate.instances) }] },
      filterSet: {},
      includeAllInstances: false,
    },
  })),
  describeVolumes: read('ec2', 'DescribeVolumes', anyone, ({ random, estate }) => ({
    requestParameters: { volumeSet: { items: [{ volumeId: random.pick(estate.volumes) }] }, filterSet: {} },
  })),
  describeSecurityGroups: read('ec2', 'DescribeSecurityGroups', anyone, ({ random, estate }) => ({
    requestParameters: {
      securityGroupSet: {},
      securityGroupIdSet: { items: [{ groupId: random.pick(estate.securityGroups) }] },
      filterSet: {},
    },
  })),
  describeSubnets: read('ec2', 'DescribeSubnets', anyone, ({ random, estate }) => ({
    requestParameters: { subnetSet: {}, filterSet: ec2Filter('vpc-id', [random.pick(estate.vpcs)]) },
  })),
  describeVpcs: read('ec2', 'DescribeVpcs', anyone, ({ estate }) => ({
    requestParameters: { vpcSet: { items: estate.vpcs.map((vpcId) => ({ vpcId })) }, filterSet: {} },
  })),
  describeNetworkInterfaces: read('ec2', 'DescribeNetworkInterfaces', workloads, ({ random, estate }) => ({
    requestParameters: {
      networkInterfaceIdSet: {},
      filterSet: ec2Filter('attachment.instance-id', [random.pick(estate.instances)]),
    },
  })),
  describeImages: read('ec2', 'DescribeImages', anyone, ({ random, estate }) => ({
    requestParameters: {
      executableBySet: {},
      imagesSet: { items: [{ imageId: random.pick(estate.images) }] },
      ownersSet: {},
      filterSet: {},
    },
  })),
  describeTags: read('ec2', 'DescribeTags', workloads, ({ random, estate }) => ({
    requestParameters: { filterSet: ec2Filter('resource-id', [random.pick(estate.instances)]) },
  })),
  createTags: write('ec2', 'CreateTags', anyone, (scene) => ({
    requestParameters: {
      resourcesSet: { items: [{ resourceId: scene.random.pick(scene.estate.instances) }] },
      tagSet: tags(scene, `${scene.estate.label}-web`),
    },
    responseElements: { requestId: requestId(scene), _return: true },
  })),
  runInstances: write('ec2', 'RunInstances', workloads, (scene) => ({
    requestParameters: {
      instancesSet: { items: [{ imageId: scene.random.pick(scene.estate.images), minCount: 1, maxCount: 1 }] },
      instanceType: 'm7g.large',
      blockDeviceMapping: {},
      monitoring: { enabled: false },
      subnetId: scene.random.pick(scene.estate.subnets),
      disableApiTermination: false,
      clientToken: scene.random.uuid(),
      tagSpecificationSet: { items: [{ resourceType: 'instance', tags: tags(scene, 'web').items }] },
      metadataOptions: { httpTokens: 'required', httpPutResponseHopLimit: 2 },
    },
    responseElements: launched(scene),
  })),
  terminateInstances: write('ec2', 'TerminateInstances', workloads, (scene) => {
    const instanceId = scene.random.pick(scene.estate.instances);
    const states = { currentState: { code: 32, name: 'shutting-down' }, previousState: { code: 16, name: 'running' } };
    return {
      requestParameters: { instancesSet: { items: [{ instanceId }] } },
      responseElements: { requestId: requestId(scene), instancesSet: { items: [{ instanceId, ...states }] } },
    };
  }),
  describeAutoScalingGroups: read('autoscaling', 'DescribeAutoScalingGroups', workloads, ({ random, estate }) => ({
    requestParameters: { autoScalingGroupNames: [`${random.pick(estate.services)}-asg`], maxRecords: 50 },
  })),
  describeTargetHealth: read(
    'elasticloadbalancing',
    'DescribeTargetHealth',
    workloads,
    ({ random, estate, awsRegion }) => ({
      requestParameters: {
        targetGroupArn: `arn:aws:elasticloadbalancing:${awsRegion}:${estate.accountId}:targetgroup/${random.pick(estate.services)}/${estate.keys[0]?.slice(-12)}`,
      },
    }),
  ),
  describeLoadBalancers: read('elasticloadbalancing', 'DescribeLoadBalancers', anyone, ({ random, estate }) => ({
    requestParameters: { names: [`${random.pick(estate.services)}-alb`], pageSize: 100 },
  })),
  describeTasks: read('ecs', 'DescribeTasks', workloads, ({ random, estate, awsRegion }) => {
    const cluster = random.pick(estate.clusters);
    const task = () => `arn:aws:ecs:${awsRegion}:${estate.accountId}:task/${cluster}/${random.hex(32)}`;
    return { requestParameters: { cluster, tasks: [task(), task()] } };
  }),
  describeServices: read('ecs', 'DescribeServices', anyone, ({ random, estate }) => ({
    requestParameters: { cluster: random.pick(estate.clusters), services: [random.pick(estate.services)] },
  })),
  updateService: write('ecs', 'UpdateService', workloads, ({ random, estate, awsRegion }) => {
    const cluster = random.pick(estate.clusters);
    const service = random.pick(estate.services);
    const arn = `arn:aws:ecs:${awsRegion}:${estate.accountId}`;
    const taskDefinition = `${arn}:task-definition/${service}:${random.between(20, 400)}`;
    return {
      requestParameters: { cluster, service, taskDefinition, forceNewDeployment: true },
      responseElements: {
        service: {
          serviceArn: `${arn}:service/${cluster}/${service}`,
          serviceName: service,
          clusterArn: `${arn}:cluster/${cluster}`,
          status: 'ACTIVE',
          desiredCount: 4,
          runningCount: 4,
          pendingCount: 0,
          launchType: 'FARGATE',
          platformVersion: 'LATEST',
          taskDefinition,
          deploymentConfiguration: { maximumPercent: 200, minimumHealthyPercent: 100 },
          schedulingStrategy: 'REPLICA',
        },
      },
    };
  }),
  getAuthorizationToken: read('ecr', 'GetAuthorizationToken', workloads, () => ({ requestParameters: null })),
  batchGetImage: read('ecr', 'BatchGetImage', workloads, ({ random, estate, awsRegion }) => {
    const repositoryName = random.pick(estate.repositories);
    const ARN = `arn:aws:ecr:${awsRegion}:${estate.accountId}:repository/${repositoryName}`;
    return {
      requestParameters: {
        repositoryName,
        imageIds: [{ imageTag: `v${random.between(1, 9)}.${random.below(40)}.${random.below(20)}` }],
        acceptedMediaTypes: [
          'application/vnd.docker.distribution.manifest.v2+json',
          'application/vnd.oci.image.manifest.v1+json',
        ],
      },
      resources: [{ accountId: estate.accountId, type: 'AWS::ECR::Repository', ARN }],
    };
  }),
  getFunction: read('lambda', 'GetFunction20150331v2', anyone, ({ random, estate, awsRegion }) => ({
    requestParameters: {
      functionName: `arn:aws:lambda:${awsRegion}:${estate.accountId}:function:${random.pick(estate.functions)}`,
    },
  })),
  listFunctions: read('lambda', 'ListFunctions20150331', people, () => ({ requestParameters: { maxItems: 50 } })),
  updateFunctionCode: write(
    'lambda',
    'UpdateFunctionCode20150331v2',
    workloads,
    ({ random, estate, awsRegion, time }) => {
      const functionName = random.pick(estate.functions);
      return {
        requestParameters: { functionName, publish: true, dryRun: false },
        responseElements: {
          functionName,
          functionArn: `arn:aws:lambda:${awsRegion}:${estate.accountId}:function:${functionName}`,
          runtime: 'python3.12',
          role: `arn:aws:iam::${estate.accountId}:role/${random.pick(estate.roles)}`,
          handler: 'app.handler',
          codeSize: random.between(2_000, 9_000_000),
          timeout: 30,
          memorySize: 512,
          lastModified: isoTime(time - random.below(dayMs)),
          codeSha256: random.hex(44),
          version: String(random.between(3, 300)),
          tracingConfig: { mode: 'PassThrough' },
          revisionId: random.uuid(),
          state: 'Active',
          packageType: 'Zip',
          architectures: ['arm64'],
        },
      };
    },
  ),
  assumeRoleByService: {
    service: 'sts',
    eventName: 'AssumeRole',
    readOnly: true,
    by: ['service'],
    details: ({ random, estate, time }) => {
      const role = random.pick(estate.roles);
      const session = random.pick(estate.instances);
      const arn = `arn:aws:iam::${estate.accountId}:role/${role}`;
      return {
        requestParameters: { roleArn: arn, roleSessionName: session, durationSeconds: 3600 },
        responseElements: {
          credentials: {
            accessKeyId: uniqueId(random, 'ASIA'),
            sessionToken: `IQoJb3JpZ2luX2Vj${random.hex(360)}`,
            expiration: isoTime(time + 3_600_000),
          },
        },
        resources: [{ accountId: estate.accountId, type: 'AWS::IAM::Role', ARN: arn }],
      };
    },
  },
} satisfies Record<string, ApiCall>;
