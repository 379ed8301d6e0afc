import { describe, expect, it } from 'vitest';
import { type FittedColumn, fittedRows, fittedTable } from './fitted-table.js';

interface Row {
  readonly time: string;
  readonly name: string;
  readonly reason: string | null;
}

const columns: FittedColumn<Row>[] = [
  { title: 'time', value: ({ time }) => time },
  { title: 'name', value: ({ name }) => name, yields: true },
  { title: 'reason', value: ({ reason }) => reason },
];
const plain = (width: number) => ({ width, style: (_: unknown, text: string) => text });
const row = (name: string, reason: string | null) => ({ time: '12:30:59', name, reason });
const reason = 'abcdefghijklmnopqrstuvwxyz';

/* Own reckoning: 8 for the time, 2 between columns. */
describe('a line that would be too long', () => {
  it.each([
    ['fits: nothing is cut', 50, row('root-use', reason), `12:30:59  root-use  ${reason}`],
    ['by one: the reason is cut', 45, row('root-use', reason), '12:30:59  root-use  abcdefghijklmnopqrstuvwx…'],
    ['at the least reason', 40, row('root-use', reason), '12:30:59  root-use  abcdefghijklmnopqrs…'],
    ['below it: no reason', 39, row('root-use', reason), '12:30:59  root-use'],
    ['a short reason is never cut', 34, row('r'.repeat(30), 'known'), `12:30:59  ${'r'.repeat(16)}…  known`],
    [
      'a long name leaves a reason',
      50,
      row('n'.repeat(40), reason),
      `12:30:59  ${'n'.repeat(17)}…  abcdefghijklmnopqrs…`,
    ],
    ['a long name and no room', 40, row('n'.repeat(40), reason), `12:30:59  ${'n'.repeat(29)}…`],
    ['hardly a terminal', 12, row('root-use', reason), '12:30:59  r…'],
    ['one column wide', 1, row('root-use', reason), '…  …'],
    ['no reason at all', 20, row('root-use', null), '12:30:59  root-use'],
    ['a character of two halves is whole or gone', 19, row('roots🔥🔥🔥🔥', null), '12:30:59  roots🔥…'],
    ['line breaks and escapes are blanks', 50, row('a\n\u001b[31mb', 'x'), '12:30:59  a [31mb  x'],
  ])('%s', (_, width, given, expected) => {
    expect(fittedRows(plain(width), columns, [given])).toEqual([expected]);
  });
});

it('rows are aligned, and those that have no value show a dash', () => {
  expect(fittedTable({ ...plain(60), interactive: true }, columns, [row('a', 'why'), row('long', null)])).toEqual([
    'TIME      NAME  REASON',
    '12:30:59  a     why',
    '12:30:59  long  -',
  ]);
});

it('colours are laid around what is shown, not around what pads it', () => {
  const style = (style: unknown, text: string) => `<${style}>${text}</>`;
  const coloured = [{ ...columns[1], style: ({ name }: Row) => (name === 'a' ? 'red' : undefined) }, columns[2]];
  expect(
    fittedRows({ width: 60, style }, coloured as FittedColumn<Row>[], [row('a', 'why'), row('long', 'why')]),
  ).toEqual(['<red>a</>     why', 'long  why']);
});

it('in a pipe nothing is cut', () => {
  const lines = fittedTable({ ...plain(10), interactive: false }, columns, [row('root-use', reason)]);
  expect(lines).toEqual([`12:30:59\troot-use\t${reason}`]);
});
