import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { AddressGuard } from './address-guard.js';
import { connectError, dnsError, OutboundError } from './outbound-error.js';

/** Finds all addresses of a name. `dns.promises.lookup` is one. */
export type Lookup = (name: string, options: { readonly all: true }) => Promise<readonly LookupAddress[]>;

export interface ConnectorOptions {
  readonly guard: AddressGuard;
  readonly lookup: Lookup;
  readonly connectTimeoutMs: number;
  /** PEM certificates of the authorities that are trusted; absent: those that Node trusts. */
  readonly ca?: readonly string[];
}

const addressTimeoutMs = 1000;

/**
 * Opens connections to addresses that the guard lets through only. A name is resolved once for each connection, by the
 * socket itself, and the answer that is judged is the one that is connected to: a name that changes between a check and
 * the call gains nothing. TLS is verified whatever the environment says.
 *
 * Fails with OutboundError.
 */
export function guardedConnector({ guard, lookup, connectTimeoutMs, ca }: ConnectorOptions): buildConnector.connector {
  const connectorFor = (withTls: boolean) =>
    buildConnector({
      timeout: connectTimeoutMs,
      rejectUnauthorized: true,
      allowH2: false,
      autoSelectFamily: true,
      // Node gives up on all addresses but the last after 250 ms, which a server on the far side of the world may need.
      autoSelectFamilyAttemptTimeout: addressTimeoutMs,
      lookup: guardedLookup(guard, lookup, withTls),
      ...(ca === undefined ? {} : { ca: [...ca] }),
    });
  const overTls = connectorFor(true);
  const plain = connectorFor(false);

  return (options, callback) => {
    const withTls = options.protocol === 'https:';
    // No name, so the socket looks nothing up.
    if (isIP(options.hostname) !== 0) {
      const refusal = refusalOf(guard, [options.hostname], withTls);
      if (refusal !== null) return callback(refusal, null);
    }
    const connect = withTls ? overTls : plain;
    connect(options, (error, socket) => {
      if (error === null) callback(null, socket);
      else callback(connectError(error, withTls), null);
    });
  };
}

function guardedLookup(guard: AddressGuard, lookup: Lookup, withTls: boolean): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { all: true }).then(
      (found) => {
        const addresses = [...found];
        const [first] = addresses;
        const refusal = refusalOf(
          guard,
          addresses.map(({ address }) => address),
          withTls,
        );
        if (first === undefined) callback(dnsError(new Error('no addresses')), []);
        else if (refusal !== null) callback(refusal, []);
        else if (options.all) callback(null, addresses);
        else callback(null, first.address, first.family);
      },
      (error) => callback(dnsError(error), []),
    );
  };
}

/** One address that may not be called refuses the name: which of them is used is not ours to say. */
function refusalOf(guard: AddressGuard, addresses: readonly string[], withTls: boolean): OutboundError | null {
  const verdicts = addresses.map((address) => guard.judge(address).verdict);
  if (verdicts.includes('refused')) {
    const message = 'its host leads to an address that is not public: the operator would have to allow its network';
    return new OutboundError('refused-address', message);
  }
  if (!withTls && verdicts.includes('public')) {
    const message = 'http:// only goes to networks that the operator allows: use https://';
    return new OutboundError('refused-address', message);
  }
  return null;
}
