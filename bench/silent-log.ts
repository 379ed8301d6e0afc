import { createLogger } from '../src/platform/log.js';

/** Benchmarks print figures; what fails is thrown. */
export const silentLog = createLogger({ level: 'silent', pretty: false });
