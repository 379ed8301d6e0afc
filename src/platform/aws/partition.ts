/** What differs between the partitions of AWS. A region names its partition, and STS answers for its own only. */
interface Partition {
  readonly name: string;
  /** Where STS is called when no region of the partition is configured. */
  readonly defaultRegion: string;
  readonly regionPrefix: string;
}

/** Longer prefixes first. Source: the partitions of the AWS SDK's endpoint rules. */
const partitions: readonly Partition[] = [
  { name: 'aws-cn', defaultRegion: 'cn-north-1', regionPrefix: 'cn-' },
  { name: 'aws-us-gov', defaultRegion: 'us-gov-west-1', regionPrefix: 'us-gov-' },
  { name: 'aws-iso-b', defaultRegion: 'us-isob-east-1', regionPrefix: 'us-isob-' },
  { name: 'aws-iso-e', defaultRegion: 'eu-isoe-west-1', regionPrefix: 'eu-isoe-' },
  { name: 'aws-iso-f', defaultRegion: 'us-isof-south-1', regionPrefix: 'us-isof-' },
  { name: 'aws-iso', defaultRegion: 'us-iso-east-1', regionPrefix: 'us-iso-' },
  { name: 'aws-eusc', defaultRegion: 'eusc-de-east-1', regionPrefix: 'eusc-' },
  { name: 'aws', defaultRegion: 'us-east-1', regionPrefix: '' },
];

/** Whether a text has the form of a region's name. Which regions exist is AWS's to say, and changes. */
export function isRegion(text: string): boolean {
  return /^[a-z]{2,5}(-[a-z]{2,10}){1,3}-[0-9]{1,2}$/.test(text);
}

export function partitionOfRegion(region: string): string {
  return partitions.find((partition) => region.startsWith(partition.regionPrefix))?.name ?? 'aws';
}

export interface RoleArn {
  readonly arn: string;
  readonly partition: string;
  readonly accountId: string;
}

const roleArnPattern = /^arn:(aws(?:-[a-z]+)*):iam::([0-9]{12}):role\/[\x21-\x7e]{1,512}$/;

/** An IAM role's ARN in its parts, or null where the text is none (or of a partition that AWS does not have). */
export function parseRoleArn(arn: string): RoleArn | null {
  const [, partition, accountId] = roleArnPattern.exec(arn) ?? [];
  if (partition === undefined || accountId === undefined) return null;
  return partitions.some(({ name }) => name === partition) ? { arn, partition, accountId } : null;
}

/** `preferred` where it lies in the partition, else the partition's default region. */
export function regionInPartition(partition: string, preferred: string | null | undefined): string {
  if (preferred && partitionOfRegion(preferred) === partition) return preferred;
  return partitions.find(({ name }) => name === partition)?.defaultRegion ?? 'us-east-1';
}
