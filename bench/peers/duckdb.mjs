/**
 * What DuckDB, the engine of Tailpipe, takes to read log files into typed columns and the record: two threads, a database
 * on disk, no indexes, no dedupe. Prints seconds and rows as JSON.
 *
 * usage: node duckdb.mjs DIRECTORY DATABASE
 */
import { DuckDBInstance } from '@duckdb/node-api';

const [directory, database] = process.argv.slice(2);
const instance = await DuckDBInstance.create(database, { threads: '2' });
const connection = await instance.connect();
/** Each record is parsed once: a path a column would parse it twenty times. */
const shape = {
  eventTime: 'TIMESTAMPTZ',
  eventID: 'UUID',
  readOnly: 'BOOLEAN',
  managementEvent: 'BOOLEAN',
  recipientAccountId: 'VARCHAR',
  awsRegion: 'VARCHAR',
  eventSource: 'VARCHAR',
  eventName: 'VARCHAR',
  eventType: 'VARCHAR',
  eventCategory: 'VARCHAR',
  errorCode: 'VARCHAR',
  errorMessage: 'VARCHAR',
  sourceIPAddress: 'VARCHAR',
  userAgent: 'VARCHAR',
  userIdentity: {
    type: 'VARCHAR',
    arn: 'VARCHAR',
    userName: 'VARCHAR',
    accessKeyId: 'VARCHAR',
    sessionContext: { sessionIssuer: { arn: 'VARCHAR' } },
  },
  resources: [{ ARN: 'VARCHAR' }],
};
const started = performance.now();
await connection.run(`
  CREATE TABLE event AS
  SELECT unnest(fields), record
  FROM (
    SELECT record, from_json(record, '${JSON.stringify(shape)}') AS fields
    FROM (
      SELECT unnest("Records") AS record
      FROM read_json('${directory.replaceAll("'", "''")}/**/*.json.gz', columns = { Records: 'JSON[]' },
        maximum_object_size = 268435456)
    )
  )`);
await connection.run('CHECKPOINT');
const seconds = (performance.now() - started) / 1000;
const [[rows]] = (await connection.runAndReadAll('SELECT count(*) FROM event')).getRows();
process.stdout.write(`${JSON.stringify({ seconds, rows: Number(rows) })}\n`);
