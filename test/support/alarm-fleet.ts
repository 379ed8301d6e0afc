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

/** A place for a process: whenever the one in it ends, another is started, as by whoever looks after them in earnest. */
interface Place {
  readonly role: 'api' | 'worker';
  program: Program;
  /** Resolves when the process that is there now does its work. */
  working: Promise<void>;
}

/** Two of each process of the built program, and the database below them: all may be killed, and come back. */
export class AlarmFleet {
  readonly #apis: Place[] = [];
  readonly #workers: Place[] = [];
  readonly #failpoints: string[] = [];
  readonly #proofs: string[] = [];
  #turn = 0;
  #isEnding = false;

  private constructor(
    readonly server: FaultServer,
    private readonly fronts: readonly FaultProxy[],
    private readonly folder: string,
    /** Watched by the workers once a source names it. */
    readonly logs: string,
    private readonly redisUrl: string | undefined,
    /** The addresses of the APIs, whichever processes serve them. */
    readonly addresses: readonly string[],
  ) {}

  /** With two APIs and no worker. */
  static async start(redisUrl: string | undefined): Promise<AlarmFleet> {
    const folder = await createTestDirectory();
    const logs = join(folder, 'logs');
    await mkdir(logs);
    const server = await FaultServer.start();
    const fronts = [await FaultProxy.start(), await FaultProxy.start()];
    const addresses = fronts.map((front) => front.lead('http://127.0.0.1').replace(/\/$/, ''));
    const fleet = new AlarmFleet(server, fronts, folder, logs, redisUrl, addresses);
    for (const front of fronts) front.close();
    for (const index of fronts.keys()) fleet.#apis.push(fleet.#open('api', index));
    await Promise.all(fleet.#apis.map(({ working }) => working));
    return fleet;
  }

  async stop(): Promise<void> {
    this.#isEnding = true;
    await endPrograms();
    for (const front of this.fronts) await front.stop();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** @param failpoints each as `name:kill:after`: one worker after the other is killed at one of them, until each was hit */
  async startWorkers(failpoints: readonly string[]): Promise<void> {
    this.#failpoints.push(...failpoints);
    for (const index of this.fronts.keys()) this.#workers.push(this.#open('worker', index));
    await Promise.all(this.#workers.map(({ working }) => working));
  }

  /** How many workers were killed at a failpoint. */
  get failpointsHit(): number {
    return this.#proofs.filter((proof) => existsSync(proof)).length;
  }

  /** Ends one of two that both work: another takes its place. */
  async end(role: Place['role'], index: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const places = role === 'api' ? this.#apis : this.#workers;
    await this.allWork(places);
    await places[index]?.program.kill(signal);
  }

  async allWork(places: readonly Place[] = [...this.#apis, ...this.#workers]): Promise<void> {
    await eventually(
      () => Promise.all(places.map(({ working }) => working)),
      () => true,
      { seconds: startSeconds },
    );
  }

  /** Ends every connection of clients to the APIs. */
  cutClients(): void {
    for (const front of this.fronts) front.cut();
  }

  /** What the processes that run now have said. */
  get output(): string {
    return [...this.#apis, ...this.#workers].map(({ program }) => program.output.err.slice(-3000)).join('\n---\n');
  }

  /** @returns the exit codes of all after SIGTERM */
  async shutDown(): Promise<(number | null)[]> {
    await this.allWork();
    this.#isEnding = true;
    return Promise.all([...this.#apis, ...this.#workers].map(({ program }) => program.kill('SIGTERM')));
  }

  /** Sends an operation to one API after the other until one answers it. @throws Error of the last answer after a minute */
  async ask<Data>(query: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Data> {
    const { data, errors: refused } = await eventually(
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
      ({ errors }) => errors === undefined || errors[0]?.extensions.code === 'BAD_USER_INPUT',
      { seconds: 60 },
    );
    if (refused) throw new Error(`${query}: ${JSON.stringify(refused)}`);
    return data as Data;
  }

  #open(role: Place['role'], index: number): Place {
    const place = { role } as Place;
    const fill = () => {
      const { program, proof, failpoint } = this.#spawn(role);
      place.program = program;
      place.working = role === 'api' ? this.#isServing(place.program, index) : isCollecting(place.program);
      // Who waits for it hears of it; it is tried again in any case.
      place.working.catch(() => undefined);
      void place.program.closed.then(() => {
        // What a dead process had open is cut by its machine.
        if (role === 'api') this.fronts[index]?.close();
        // Who was killed before it came to its failpoint leaves that to another.
        if (failpoint !== undefined && !existsSync(proof)) this.#failpoints.unshift(failpoint);
        if (!this.#isEnding) fill();
      });
    };
    fill();
    return place;
  }

  async #isServing(program: Program, index: number): Promise<void> {
    this.fronts[index]?.lead(await program.url);
  }

  #spawn(role: Place['role']) {
    const proof = join(this.folder, `proof-${this.#proofs.length}`);
    const failpoint = role === 'worker' ? this.#failpoints.shift() : undefined;
    if (failpoint !== undefined) this.#proofs.push(proof);
    const program = spawnProgram([role], {
      DATABASE_URL: this.server.url,
      CROSSTRAIL_DATA_DIR: this.folder,
      CROSSTRAIL_SECRET_KEYS: secretKeys,
      CROSSTRAIL_ALLOWED_NETWORKS: '127.0.0.1',
      CROSSTRAIL_DISCOVERY_SECONDS: '1',
      ...(this.redisUrl === undefined ? {} : { REDIS_URL: this.redisUrl }),
      ...(failpoint === undefined ? {} : { CROSSTRAIL_FAILPOINT: `${failpoint}:${proof}` }),
    });
    return { program, proof, failpoint };
  }
}

/** @throws Error with what it said instead */
async function isCollecting({ output, closed }: Program): Promise<void> {
  const ended = new AbortController();
  void closed.then(() => ended.abort(new Error(output.err)));
  await eventually(
    async () => output.err,
    (said) => said.includes('Crosstrail is collecting'),
    { seconds: startSeconds, signal: ended.signal },
  );
}
