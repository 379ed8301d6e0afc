import { readdir, readFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';

/** Where `scripts/build-graphiql.mjs` puts the bundle, seen from the source and from `dist/src/api` alike. */
export function graphiqlDirectory(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const fromSource = !here.includes(`${join('dist', 'src', 'api')}`);
  return fromSource ? join(here, '../../dist/graphiql') : join(here, '../../graphiql');
}

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.ttf': 'font/ttf',
};

/**
 * Nothing may come from, or go to, another host. Monaco sets styles from scripts, hence 'unsafe-inline' for them;
 * its fonts and icons are data: URLs.
 */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves GraphiQL at /graphiql from the package's own files; `/` leads there. */
export async function addGraphiql(app: FastifyInstance, directory: string): Promise<void> {
  // Only names that were there at the start are served, so that no path can lead out of the directory.
  const files = new Set(await readdir(directory).catch(() => []));

  app.get('/', (_request, reply) => reply.redirect('/graphiql'));
  app.get<{ Params: { file?: string } }>('/graphiql/:file?', async (request, reply) => {
    const name = request.params.file ? request.params.file : 'index.html';
    const type = contentTypes[extname(name)];
    if (!files.has(name) || type === undefined) {
      const missing = files.size === 0 ? 'GraphiQL is not built: run `npm run build`' : 'there is no such file';
      return reply.code(404).type('text/plain; charset=utf-8').send(`${missing}\n`);
    }
    const zipped = files.has(`${name}.gz`) && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
    if (zipped) reply.header('content-encoding', 'gzip');
    return reply
      .type(type)
      .header('vary', 'accept-encoding')
      .header('content-security-policy', contentSecurityPolicy)
      .header('cache-control', name === 'index.html' ? 'no-cache' : 'public, max-age=31536000, immutable')
      .send(await readFile(join(directory, zipped ? `${name}.gz` : name)));
  });
}
