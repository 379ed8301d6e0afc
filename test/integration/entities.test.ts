import { expect, it } from 'vitest';
import { accessEntities } from '../../src/access/index.js';
import { withDatabase } from '../support/test-database.js';

/** Postgres's own names of the types that entities are declared with. */
const typeNames: Readonly<Record<string, string>> = { bigint: 'int8', integer: 'int4', boolean: 'bool' };

it('every entity has the columns and types of its table', async () => {
  await withDatabase(
    async ({ database }) => {
      const { entityMetadatas } = database.dataSource;
      expect(entityMetadatas).toHaveLength(accessEntities.length);
      for (const { tableName, columns } of entityMetadatas) {
        const stored = await database.query<{ name: string; type: string; nullable: boolean }>(
          `SELECT column_name AS name, udt_name AS type, is_nullable = 'YES' AS nullable
           FROM information_schema.columns WHERE table_name = $1`,
          [tableName],
        );
        const declared = columns.map(({ databaseName, type, isArray, isNullable }) => ({
          name: databaseName,
          type: `${isArray ? '_' : ''}${typeNames[String(type)] ?? String(type)}`,
          nullable: isNullable,
        }));
        expect(stored, tableName).toEqual(expect.arrayContaining(declared));
      }
    },
    { entities: accessEntities },
  );
});
