import type { AccountScope } from '../access/scope.js';
import type { Sql } from '../platform/database/database.js';
import { Parameters } from '../platform/database/parameters.js';
import { eventConditions, selectEvents } from './event-filter.js';
import { and } from './event-search.store.js';
import type { EventIdentity, RecordPlace } from './event-trail.port.js';

/** Who made the events at some places, in their order. */
export async function readIdentities(
  sql: Sql,
  scope: AccountScope,
  places: readonly RecordPlace[],
  { from, to }: { readonly from: number; readonly to: number },
): Promise<EventIdentity[]> {
  if (places.length === 0) return [];
  const parameters = new Parameters();
  const batchIds = parameters.add(
    places.map(({ batchId }) => batchId),
    'bigint[]',
  );
  const ordinals = parameters.add(
    places.map(({ ordinal }) => ordinal),
    'integer[]',
  );
  const conditions = [
    `event.event_time BETWEEN ${parameters.add(new Date(from), 'timestamptz')} AND ${parameters.add(new Date(to), 'timestamptz')}`,
    ...eventConditions(selectEvents(scope, null), parameters),
  ];
  return sql.query<EventIdentity>(
    `SELECT event.batch_id AS "batchId", event.ordinal, event.identity_type AS "identityType",
       event.principal_arn AS "principalArn", event.session_issuer_arn AS "sessionIssuerArn",
       event.access_key_id AS "accessKeyId",
       coalesce(event.source_address, host(event.source_ip)) AS "sourceIPAddress"
     FROM unnest(${batchIds}, ${ordinals}) WITH ORDINALITY AS place (batch_id, ordinal, number)
     JOIN event ON event.batch_id = place.batch_id AND event.ordinal = place.ordinal
     WHERE ${and(conditions)}
     ORDER BY place.number`,
    parameters.values,
  );
}
