const megabyte = 1024 * 1024;

/**
 * Settings of the embedded server, for one machine that it shares with Crosstrail itself. Given on its
 * command line, so that they follow the version of Crosstrail and not the age of the data directory.
 *
 * @param memoryBytes what the machine or the container has
 * @param ephemeral the data may be lost: nothing is ever flushed to disk
 */
export function serverSettings(memoryBytes: number, ephemeral: boolean): Record<string, string> {
  return {
    // Only this machine, and no socket file in a directory that others can write to.
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    // A query that names no time takes a lock on every day's partition and on each of its indexes: years of days are
    // thousands of locks in one transaction, where the default of 64 a connection makes room for 6,400 in all.
    max_locks_per_transaction: '1024',
    // An eighth, not the usual quarter: workers decode in the same memory, and the page cache holds the rest.
    shared_buffers: `${clamp(Math.floor(memoryBytes / 8 / megabyte), 128, 1024)}MB`,
    effective_cache_size: `${Math.max(256, Math.floor(memoryBytes / 2 / megabyte))}MB`,
    work_mem: '16MB',
    // Index builds when a day closes, and vacuum.
    maintenance_work_mem: '128MB',
    // Ingest is one long write: fewer checkpoints, and so fewer full pages in the log.
    max_wal_size: '4GB',
    checkpoint_timeout: '15min',
    // pglz: these binaries have no lz4.
    wal_compression: 'on',
    // No replica ever reads this server's log.
    wal_level: 'minimal',
    max_wal_senders: '0',
    // Solid-state disks: a random page costs about what the next one does.
    random_page_cost: '1.1',
    // Queries here are many and small; compiling one takes longer than running it.
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_min_messages: 'warning',
    // The launcher waits for a message in English.
    lc_messages: 'C',
    ...(ephemeral ? { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' } : {}),
  };
}

function clamp(value: number, lowest: number, highest: number): number {
  return Math.min(Math.max(value, lowest), highest);
}
