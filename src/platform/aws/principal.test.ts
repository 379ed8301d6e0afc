import { expect, it } from 'vitest';
import { principalOf } from './principal.js';

it.each([
  ['arn:aws:sts::111122223333:assumed-role/hub/i-0abc', 'arn:aws:iam::111122223333:role/hub'],
  ['arn:aws-us-gov:sts::111122223333:assumed-role/hub/x', 'arn:aws-us-gov:iam::111122223333:role/hub'],
  ['arn:aws:iam::111122223333:user/hub', 'arn:aws:iam::111122223333:user/hub'],
])('%s is trusted as %s', (identity, principal) => {
  expect(principalOf(identity)).toBe(principal);
});
