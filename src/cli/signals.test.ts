import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { firstStopSignal } from './signals.js';

function fakeProcess() {
  const exits: number[] = [];
  const target = Object.assign(new EventEmitter(), { exit: (code: number) => exits.push(code) });
  return { target: target as unknown as NodeJS.Process, emit: (signal: string) => target.emit(signal, signal), exits };
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s asks for an orderly stop', async (signal) => {
  const { target, emit, exits } = fakeProcess();
  const stopped = firstStopSignal(target);
  expect(emit(signal)).toBe(true);
  expect(await stopped).toBe(signal);
  expect(exits).toEqual([]);
});

it('once the command has ended, signals do what they do by default', () => {
  const { target, emit } = fakeProcess();
  const ended = new AbortController();
  void firstStopSignal(target, ended.signal);
  ended.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) expect(emit(signal)).toBe(false);
});

it('a second Ctrl-C ends the process at once; a second SIGTERM does not', () => {
  const { target, emit, exits } = fakeProcess();
  void firstStopSignal(target);
  emit('SIGTERM');
  emit('SIGTERM');
  expect(exits).toEqual([]);
  emit('SIGINT');
  expect(exits).toEqual([130]);
});
