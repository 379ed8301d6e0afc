import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { adminToken, type GraphQLAnswer } from './app.js';
import { eventually } from './eventually.js';
import { FaultProxy } from './fault-proxy.js';
import { FaultServer } from './fault-server.js';
import { endPrograms, type Program, spawnProgram } from './spawn-program.js';
import { createTestDirectory } from './test-postgres.js';

const secretKeys = Buffer.alloc(32, 7).toString('base64');
/** A request without an answer by then is sent again. */
const patienceMs = 10_000;
const startSeconds = 60;

/** Two of each process of the built program, and the database below them: all may be killed, and come back. */
export class AlarmFleet {
  readonly #apis: Program[] = [];
  readonly #workers: Program[] = [];
  #proofs = 0;
  #turn = 0;

  private constructor(
    readonly server: FaultServer,
    private readonly fronts: readonly FaultProxy[],
    private readonly folder: string,
    /** Watched by the workers once a source names it. */
    readonly logs: string,
    private readonly redisUrl: string | undefined,
    /** The addresses of the APIs, whichever processes serve them. */
    readonly addresses: string[],
  ) {}

  /** With two APIs and no worker. */
  static async start(redisUrl: string | undefined): Promise<AlarmFleet> {
    const folder = await createTestDirectory();
    const logs = join(folder, 'logs');
    await mkdir(logs);
    const server = await FaultServer.start();
    const fronts = [await FaultProxy.start(), await FaultProxy.start()];
    const fleet = new AlarmFleet(server, fronts, folder, logs, redisUrl, []);
    for (const index of fronts.keys()) await fleet.#startApi(index);
    return fleet;
  }

  async stop(): Promise<void> {
    await endPrograms();
    for (const front of this.fronts) await front.stop();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  async startWorkers(): Promise<void> {
    for (const _ of this.fronts) this.#workers.push(this.#spawn('worker').program);
    await Promise.all(this.#workers.map(isWorking));
  }

  async restartApi(index: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    // A process that stops says so to its clients; of one that is killed only the connections end.
    if (signal === 'SIGKILL') this.#front(index).close();
    await this.#apis[index]?.kill(signal);
    this.#front(index).close();
    await this.#startApi(index);
  }

  async restartWorker(index: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await this.#workers[index]?.kill(signal);
    await this.#startWorker(index);
  }

  /** Lets a worker run until it is killed at a failpoint (`name:kill:after`), and starts another in its place. */
  async killWorkerAt(index: number, failpoint: string): Promise<void> {
    await this.#workers[index]?.kill('SIGTERM');
    const { program, proof } = this.#spawn('worker', failpoint);
    this.#workers[index] = program;
    await eventually(
      async () => existsSync(proof),
      (isHit) => isHit,
      { seconds: startSeconds },
    );
    await program.closed;
    await this.#startWorker(index);
  }

  /** Ends every connection of clients to the APIs. */
  cutClients(): void {
    for (const front of this.fronts) front.cut();
  }

  /** What the processes that run now have said. */
  get output(): string {
    return [...this.#apis, ...this.#workers].map(({ output }) => output.err.slice(-3000)).join('\n---\n');
  }

  /** @returns the exit codes of all after SIGTERM */
  shutDown(): Promise<(number | null)[]> {
    return Promise.all([...this.#apis, ...this.#workers].map((program) => program.kill('SIGTERM')));
  }

  /** Sends an operation to one API after the other until one answers it. @throws Error of the last answer after a minute */
  async ask<Data>(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Data> {
    const { data } = await eventually(
      async () => {
        const address = this.addresses[this.#turn++ % this.addresses.length];
        const response = await fetch(`${address}/graphql`, {
          method: 'POST',
          headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
          body: JSON.stringify({ query, variables }),
          signal: AbortSignal.timeout(patienceMs),
        });
        return (await response.json()) as GraphQLAnswer;
      },
      ({ errors }) => errors === undefined,
      { seconds: 60 },
    );
    return data as Data;
  }

  #front(index: number): FaultProxy {
    return this.fronts[index] as FaultProxy;
  }

  async #startApi(index: number): Promise<void> {
    const { program } = this.#spawn('api');
    this.#apis[index] = program;
    this.addresses[index] = this.#front(index)
      .lead(await program.url)
      .replace(/\/$/, '');
  }

  async #startWorker(index: number): Promise<void> {
    const { program } = this.#spawn('worker');
    this.#workers[index] = program;
    await isWorking(program);
  }

  #spawn(role: 'api' | 'worker', failpoint?: string): { readonly program: Program; readonly proof: string } {
    const proof = join(this.folder, `proof-${this.#proofs++}`);
    const program = spawnProgram([role], {
      DATABASE_URL: this.server.url,
      CROSSTRAIL_DATA_DIR: this.folder,
      CROSSTRAIL_SECRET_KEYS: secretKeys,
      CROSSTRAIL_ALLOWED_NETWORKS: '127.0.0.1',
      CROSSTRAIL_DISCOVERY_SECONDS: '1',
      ...(this.redisUrl === undefined ? {} : { REDIS_URL: this.redisUrl }),
      ...(failpoint === undefined ? {} : { CROSSTRAIL_FAILPOINT: `${failpoint}:${proof}` }),
    });
    return { program, proof };
  }
}

/** @throws Error with what it said instead */
async function isWorking({ output }: Program): Promise<void> {
  await eventually(
    async () => output.err,
    (said) => said.includes('Crosstrail is collecting'),
    { seconds: startSeconds },
  );
}
