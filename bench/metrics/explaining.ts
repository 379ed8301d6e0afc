import type { Database, Sql, Transaction } from '../../src/platform/database/database.js';

const variable = 'BENCH_EXPLAIN';
const hot = /\b(?:FROM|JOIN) (?:data_point|event_activity)\b/;

/** Whether plans are to be printed: `BENCH_EXPLAIN=1 npm run bench -- metrics`. */
export const isExplaining = process.env[variable] === '1';

/** The same database, which notes the plans of statements about data points before it runs them. */
export function explaining(database: Database, note: (line: string) => void): Database {
  const readingOf = (sql: Sql): Sql => ({
    query: async (text, values) => {
      await notePlan(sql, text, values ?? [], note);
      return sql.query(text, values);
    },
  });
  return {
    ...database,
    reads: readingOf(database.reads),
    until: (signal) => {
      const { primary, reads } = database.until(signal);
      return { primary, reads: readingOf(reads) };
    },
    transaction: (work) => database.transaction((transaction) => work(undoing(transaction, note))),
  };
}

/** To explain a statement is to run it: what it has changed is taken back. */
function undoing(transaction: Transaction, note: (line: string) => void): Transaction {
  return {
    client: transaction.client,
    query: async (text, values) => {
      await transaction.query('SAVEPOINT explained');
      await notePlan(transaction, text, values ?? [], note);
      await transaction.query('ROLLBACK TO SAVEPOINT explained');
      return transaction.query(text, values);
    },
  };
}

async function notePlan(sql: Sql, text: string, values: readonly unknown[], note: (line: string) => void) {
  if (!hot.test(text)) return;
  const rows = await sql.query<{ line: string }>(`EXPLAIN (ANALYZE, BUFFERS) ${text}`, values);
  note(text.replaceAll(/\s+/g, ' ').trim());
  for (const row of rows) for (const line of Object.values(row)) note(`  ${line}`);
}
