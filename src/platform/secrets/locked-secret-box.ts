import { CrosstrailError } from '../errors.js';
import type { SecretBox } from './secret-box.js';

/** For a process without a key: whoever has no secrets needs none. Everything that needs one says what is missing. */
export function createLockedSecretBox(reason: string): SecretBox {
  const refuse = (): never => {
    throw new CrosstrailError(
      'CONFLICT',
      `secrets cannot be kept here: set CROSSTRAIL_SECRET_KEYS, the same for all processes (${reason})`,
    );
  };
  return { currentKeyId: '', seal: refuse, open: refuse, keyIdOf: refuse };
}
