// Bundles GraphiQL with all it needs into dist/graphiql, so that the server needs no other host.
// Writes each asset plain and gzipped; names carry a hash of the content.
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
// `npm run build` names its own folder, and moves it into place when all is built.
const outdir = process.argv[2] ?? join(root, 'dist/graphiql');
const base = '/graphiql/';

const common = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  metafile: true,
  legalComments: 'eof',
  outdir,
  entryNames: '[name]-[hash]',
  chunkNames: 'chunk-[hash]',
  assetNames: '[name]-[hash]',
  target: 'es2022',
  define: { 'process.env.NODE_ENV': '"production"' },
  loader: { '.ttf': 'file' },
  publicPath: base,
  logLevel: 'warning',
};

/** The URL of the output that was made from an entry point. */
function urlOf(result, entryPoint) {
  const [output] = Object.entries(result.metafile.outputs).find(([, { entryPoint: from }]) =>
    from?.endsWith(entryPoint),
  );
  return base + basename(output);
}

const workerEntries = {
  __JSON_WORKER__: 'monaco-editor/esm/vs/language/json/json.worker.js',
  __GRAPHQL_WORKER__: 'monaco-graphql/esm/graphql.worker.js',
  __EDITOR_WORKER__: 'monaco-editor/esm/vs/editor/editor.worker.js',
};

await rm(outdir, { recursive: true, force: true });
const workers = await build({ ...common, entryPoints: Object.values(workerEntries), format: 'iife' });
const define = Object.fromEntries(
  Object.entries(workerEntries).map(([name, entry]) => [name, JSON.stringify(urlOf(workers, entry))]),
);
const page = await build({
  ...common,
  define: { ...common.define, ...define },
  entryPoints: ['src/api/graphiql/page.jsx'],
  format: 'esm',
  splitting: true,
  jsx: 'automatic',
});

const script = urlOf(page, 'page.jsx');
const style = base + basename(Object.keys(page.metafile.outputs).find((name) => /\/page-[^/]+\.css$/.test(name)));
await writeFile(
  join(outdir, 'index.html'),
  `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="referrer" content="no-referrer">
    <title>Crosstrail</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${style}">
    <script type="module" src="${script}"></script>
  </head>
  <body>
    <div id="graphiql">Loading…</div>
  </body>
</html>
`,
);

const compress = promisify(gzip);
for (const name of await readdir(outdir)) {
  const file = join(outdir, name);
  await writeFile(`${file}.gz`, await compress(await readFile(file), { level: 9 }));
}
