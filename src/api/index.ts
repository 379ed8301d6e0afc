export { graphiqlDirectory } from './graphiql.js';
export { printApiSchema } from './print-schema.js';
export { buildApiSchema } from './schema.js';
export { type Api, createApi } from './server.js';
