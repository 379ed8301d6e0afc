import type { Sql } from './database.js';

/** Something that is read whole from the database, and read again only when its version has changed. One in a process. */
export class Versioned<T extends { readonly version: string }> {
  #current: T | null = null;

  /**
   * @param readVersion which version there is
   * @param read all of it, with a version that it is not older than
   */
  constructor(
    private readonly readVersion: (sql: Sql) => Promise<string>,
    private readonly read: (sql: Sql) => Promise<T>,
  ) {}

  /** As it is for this transaction. Those who ask at once get one object: threads know it by what it is. */
  async current(sql: Sql): Promise<T> {
    const version = await this.readVersion(sql);
    if (this.#current?.version === version) return this.#current;
    const read = await this.read(sql);
    if (this.#current?.version === read.version) return this.#current;
    this.#current = read;
    return read;
  }
}
