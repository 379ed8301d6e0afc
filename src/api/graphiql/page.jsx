import { GraphiQL } from 'graphiql';
import 'graphiql/style.css';
import './page.css';
import { createRoot } from 'react-dom/client';
import { examples } from './examples.js';
import { authorization, fetcher, readHeaders, takeTokenFromLocation } from './fetcher.js';

// Replaced by the build with the names of the bundled workers.
const workers = { json: __JSON_WORKER__, graphql: __GRAPHQL_WORKER__ };

globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(workers[label] ?? __EDITOR_WORKER__),
};

takeTokenFromLocation();

const headers = `${JSON.stringify({ Authorization: authorization() || 'Bearer ' }, null, 2)}\n`;

createRoot(document.getElementById('graphiql')).render(
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={examples.map((example) => ({ ...example, headers }))}
    defaultHeaders={headers}
    initialHeaders={headers}
    onEditHeaders={readHeaders}
    defaultEditorToolsVisibility="headers"
    inputValueDeprecation
    customScalarSchemas={{ JSON: {}, AccountId: { type: 'string', pattern: '^[0-9]{12}$' } }}
  >
    <GraphiQL.Logo>Crosstrail</GraphiQL.Logo>
  </GraphiQL>,
);
