/**
 * PostGraphile, serving the tables of a database as they are. Tells its URL to the process that started it, and ends
 * with it.
 *
 * usage: fork postgraphile.mjs DATABASE_URL
 */
import { createServer } from 'node:http';
import { postgraphile } from 'postgraphile';
import { makePgService } from 'postgraphile/adaptors/pg';
import { grafserv } from 'postgraphile/grafserv/node';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

// It is made for Node.js 22, and this is all that it lacks in 20.
Promise.withResolvers ??= function withResolvers() {
  const promise = {};
  promise.promise = new this((resolve, reject) => Object.assign(promise, { resolve, reject }));
  return promise;
};

const [connectionString] = process.argv.slice(2);
const server = createServer();
const peer = postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [makePgService({ connectionString, schemas: ['public'] })],
  grafserv: { graphiql: false, websockets: false },
});
await peer.createServ(grafserv).addTo(server);
server.listen(0, '127.0.0.1', () => process.send(`http://127.0.0.1:${server.address().port}`));
process.once('disconnect', () => process.exit());
