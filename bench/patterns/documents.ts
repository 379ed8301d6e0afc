import { generateLogFiles } from '../../src/demo/generator/log-files.js';
import { decodeLogFile, type RecordSlice } from '../../src/formats/cloudtrail/decode.js';
import { Random } from '../../src/lib/random.js';
import { benchmarkSpan } from '../server.js';

export const eventSeed = 7;
export const eventAccounts = 20;
const recordsPerFile = 50;

/** Records of everyday work, each with its text and parsed. */
export async function cloudTrailRecords(count: number): Promise<RecordSlice[]> {
  const files = generateLogFiles({
    seed: eventSeed,
    files: Math.ceil(count / recordsPerFile),
    recordsPerFile,
    accounts: eventAccounts,
    regions: 3,
    ...benchmarkSpan,
  });
  const records: RecordSlice[] = [];
  for (const { body } of files) for await (const batch of decodeLogFile([body])) records.push(...batch);
  return records.slice(0, count);
}

/** The same, as event patterns see them. */
export async function cloudTrailEvents(count: number): Promise<object[]> {
  return (await cloudTrailRecords(count)).map(({ record }) => envelope(record));
}

function envelope(record: Record<string, unknown>): object {
  const [service = ''] = String(record['eventSource']).split('.');
  return {
    version: '0',
    id: record['eventID'],
    'detail-type': 'AWS API Call via CloudTrail',
    source: `aws.${service}`,
    account: record['recipientAccountId'],
    time: record['eventTime'],
    region: record['awsRegion'],
    resources: [],
    detail: record,
  };
}

/** Parcels of land as GeoJSON, like those of event-ruler's own benchmark: small, with numbers in nested arrays. */
export function parcels(count: number): object[] {
  const random = new Random('parcels');
  return Array.from({ length: count }, (_, index) => {
    const block = String(index % 800).padStart(4, '0');
    const lot = String(random.below(200)).padStart(3, '0');
    const corner = () => [-122.4 - random.fraction() / 10, 37.7 + random.fraction() / 10, 0];
    const parcel = {
      type: 'Feature',
      properties: {
        MAPBLKLOT: `${block}${lot}`,
        BLOCK_NUM: block,
        LOT_NUM: lot,
        FROM_ST: String(random.below(3000)),
        STREET: random.pick(['MARKET', 'MISSION', 'UNKNOWN', 'JEFFERSON', 'BEACH']),
        ST_TYPE: random.pick(['ST', 'AVE', null]),
        ODD_EVEN: random.pick(['O', 'E']),
      },
      geometry: { type: random.pick(['Polygon', 'MultiPolygon']), coordinates: [Array.from({ length: 5 }, corner)] },
      owners: Array.from({ length: 4 }, (_, owner) => ({
        name: `owner-${random.below(40)}`,
        share: 25,
        kind: owner % 2 === 0 ? 'person' : 'company',
        notes: [{ year: 2000 + random.below(25), text: random.pick(['sold', 'built', 'split']) }],
      })),
    };
    // As it would come from a parser, whose objects are laid out otherwise than those of a literal.
    return JSON.parse(JSON.stringify(parcel));
  });
}
