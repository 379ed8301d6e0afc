import { expect, it } from 'vitest';
import { type CheckStep, runSteps } from './access-check.js';
import { upstreamError } from './aws-error.js';

const statement = () => ({ Effect: 'Allow' });
const step = (call: string, failure?: Error, without?: string): CheckStep => ({
  call,
  resource: '*',
  statement,
  run: async () => {
    if (failure) throw failure;
    return null;
  },
  ...(without === undefined ? {} : { without }),
});
const denied = (call: string) =>
  upstreamError(call, 'x', Object.assign(new Error('Access Denied'), { name: 'AccessDenied' }));

it('goes on after a call that failed, so that one check names all that is missing', async () => {
  const checks = await runSteps([step('a:One', denied('a:One')), step('a:Two', denied('a:Two')), step('a:Three')]);
  expect(checks.map(({ missingPermission, ok }) => [missingPermission, ok])).toEqual([
    ['a:One', false],
    ['a:Two', false],
    [null, true],
  ]);
});

it('ends with a role that cannot be assumed: nothing else could be tried as it', async () => {
  expect(await runSteps([step('sts:AssumeRole', denied('sts:AssumeRole')), step('a:Two')])).toHaveLength(1);
});

it.each([
  ['the time of the whole check', new DOMException('The operation was aborted due to timeout', 'TimeoutError')],
  ['the client, when that time is over', Object.assign(new Error('Request aborted'), { name: 'AbortError' })],
])('says what was not answered in time, as told by %s, and does not fail itself', async (_, failure) => {
  expect(await runSteps([step('s3:ListBucket', failure)])).toMatchObject([
    { ok: false, error: 's3:ListBucket was not answered in time', policyStatement: null },
  ]);
});

it('a call that can be done without is no failure, and says what is lost', async () => {
  expect(await runSteps([step('a:One', denied('a:One'), 'nothing is verified')])).toMatchObject([
    {
      ok: null,
      error: expect.stringMatching(/AccessDenied.*\. Without it nothing is verified$/),
      policyStatement: '{"Effect":"Allow"}',
    },
  ]);
});

it('a defect is no answer of a check', async () => {
  await expect(runSteps([step('a:One', new TypeError('x is undefined'))])).rejects.toThrow(TypeError);
});
