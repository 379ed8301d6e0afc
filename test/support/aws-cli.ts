import { execFile, execFileSync } from 'node:child_process';

/** From these versions on the AWS CLI calls every service at `AWS_ENDPOINT_URL`. */
const oldest: Readonly<Record<string, number>> = { 1: 29, 2: 13 };

/** Why the AWS CLI of this machine cannot be run against a test double, or null where it can. */
export function awsCliMissing(): string | null {
  let version: string;
  try {
    version = execFileSync('aws', ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch {
    return 'there is no `aws` on the PATH';
  }
  const [, major = '', minor = ''] = /aws-cli\/(\d+)\.(\d+)/.exec(version) ?? [];
  const needed = oldest[major];
  if (needed !== undefined && Number(minor) >= needed) return null;
  return `${version.trim()} does not know AWS_ENDPOINT_URL: 1.29 or 2.13 is needed`;
}

export interface AwsCliAnswer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the AWS CLI with nothing of this machine's own configuration. */
export function awsCli(endpointUrl: string, args: readonly string[]): Promise<AwsCliAnswer> {
  const env = {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    ...(process.env.PYENV_ROOT === undefined ? {} : { PYENV_ROOT: process.env.PYENV_ROOT }),
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_ACCESS_KEY_ID: 'a',
    AWS_SECRET_ACCESS_KEY: 's',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return new Promise((resolve) => {
    execFile('aws', [...args], { env, encoding: 'utf8' }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 255), out, err });
    });
  });
}
