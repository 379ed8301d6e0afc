import { readFile } from 'node:fs/promises';
import { openDatabase } from '../../src/platform/database/open-database.js';
import { prepareProduct, stopDecoding } from '../ingest/product.js';
import { silentLog } from '../silent-log.js';

/** A process of its own, so that nothing but ingest is in the figure: prints its peak memory in MB. */
const [url = '', directory = '', files = '[]'] = process.argv.slice(2);
const database = await openDatabase({ url, log: silentLog, entities: [] });
const ingest = await prepareProduct(database, { directory, files: JSON.parse(files), records: 0 });
await ingest();
await database.close();
const peak = await peakKilobytes();
await stopDecoding();
process.stdout.write(String(Math.round(peak / 1024)));

/** On Linux the `maxRSS` of a process begins with that of its parent, which has made the file; VmHWM does not. */
async function peakKilobytes(): Promise<number> {
  const status = await readFile('/proc/self/status', 'utf8').catch(() => '');
  const [, peak] = /^VmHWM:\s+(\d+) kB/m.exec(status) ?? [];
  return peak === undefined ? process.resourceUsage().maxRSS : Number(peak);
}
