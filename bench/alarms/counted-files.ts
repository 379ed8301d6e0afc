import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { generateLogFiles } from '../../src/demo/generator/log-files.js';
import { minuteMs } from '../../src/lib/time.js';

/** A log file that waits outside of the directory that is watched. */
export interface CountedFile {
  readonly from: string;
  readonly to: string;
}

/** The name of the one call in each file that is counted, and where its number stands. */
export const countedCall = 'BenchmarkCall';
export const countedField = '$.requestParameters.benchmark';

const recordsPerFile = 300;

/** Log files of the last minutes, each with one event that is counted under the file's number. */
export async function writeCountedFiles(waiting: string, watched: string, count: number): Promise<CountedFile[]> {
  const now = Date.now();
  const span = { from: now - 10 * minuteMs, to: now - 5 * minuteMs };
  const generated = generateLogFiles({
    seed: 'alarms',
    files: count,
    recordsPerFile,
    accounts: 5,
    regions: 2,
    ...span,
  });
  await mkdir(waiting, { recursive: true });
  const files: CountedFile[] = [];
  for (const { key, body } of generated) {
    const number = files.length;
    const log = JSON.parse(String(gunzipSync(body))) as { Records: object[] };
    const middle = recordsPerFile / 2;
    const counted = { eventName: countedCall, requestParameters: { benchmark: String(number) } };
    log.Records[middle] = { ...log.Records[middle], ...counted };
    const file = { from: join(waiting, String(number)), to: join(watched, key) };
    await mkdir(dirname(file.to), { recursive: true });
    await writeFile(file.from, gzipSync(JSON.stringify(log)));
    files.push(file);
  }
  return files;
}
