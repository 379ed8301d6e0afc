import type { NewPoint } from '../metrics/data-point.port.js';
import { ownPoint, ownSum } from '../metrics/own-figures.service.js';
import type { IngestResult, LedgerFile } from '../sources/ledger.port.js';

/** A file that was read, and what became of it. */
export interface IngestedFile {
  readonly file: Pick<LedgerFile, 'accountId' | 'deliveredAt'>;
  readonly result: Pick<IngestResult, 'events' | 'duplicates' | 'quarantined'>;
}

/** What a batch tells of the collecting of each account. What there was none of is not told, but for events. */
export function ingestFigures(files: readonly IngestedFile[], now: Date): NewPoint[] {
  const byAccount = new Map<string, IngestedFile[]>();
  for (const one of files) {
    const known = byAccount.get(one.file.accountId);
    if (known) known.push(one);
    else byAccount.set(one.file.accountId, [one]);
  }
  const time = now.getTime();
  return [...byAccount].flatMap(([accountId, all]) => {
    const subject = { accountIds: [accountId] };
    const sum = (of: (one: IngestedFile) => number) => all.reduce((total, one) => total + of(one), 0);
    const lags = all.map(({ file }) => Math.max(0, Math.round((time - file.deliveredAt.getTime()) / 1000)));
    return [
      ownPoint('IngestLag', subject, time, lags),
      ownPoint('EventsIngested', subject, time, [sum(({ result }) => result.events)]),
      ...ownSum(
        'DuplicateRecords',
        subject,
        time,
        sum(({ result }) => result.duplicates),
      ),
      ...ownSum(
        'FilesQuarantined',
        subject,
        time,
        sum(({ result }) => (result.quarantined === null ? 0 : 1)),
      ),
    ];
  });
}
