export { graphiqlDirectory } from './graphiql.js';
export { printApiSchema } from './print-schema.js';
export { buildApiSchema } from './schema.js';
export { createApi } from './server.js';
