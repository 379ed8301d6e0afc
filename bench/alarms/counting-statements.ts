import type { Database, Sql } from '../../src/platform/database/database.js';

/** A database that counts statements, without BEGIN and COMMIT. */
export interface CountingDatabase {
  readonly database: Database;
  /** The statements since this was last asked for. */
  taken(): readonly string[];
}

export function countingStatements(database: Database): CountingDatabase {
  let statements: string[] = [];
  const counting = <S extends Sql>(sql: S): S => ({
    ...sql,
    query: (text: string, values?: readonly unknown[]) => {
      statements.push(text);
      return sql.query(text, values);
    },
  });
  return {
    database: {
      ...counting(database),
      reads: counting(database.reads),
      transaction: (work) => database.transaction((transaction) => work(counting(transaction))),
    },
    taken() {
      const taken = statements;
      statements = [];
      return taken;
    },
  };
}
