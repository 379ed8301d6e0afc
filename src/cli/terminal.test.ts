import { expect, it } from 'vitest';
import { createTerminal } from './terminal.js';

function streams(isErrTerminal: boolean) {
  const written: string[] = [];
  const stream = (name: string, isTTY: boolean) =>
    ({
      isTTY,
      write: (text: string) => written.push(`${name} ${JSON.stringify(text)}`),
    }) as unknown as NodeJS.WriteStream;
  return { terminal: createTerminal(stream('out', false), stream('err', isErrTerminal)), written };
}

it('progress goes to the terminal of `err`, and gives way to each line of data', () => {
  const { terminal, written } = streams(true);
  terminal.progress('1 file');
  terminal.progress('2 files');
  terminal.out('data');
  terminal.out('more');
  const clear = '\\r\\u001b[2K';
  expect(written).toEqual([
    `err "${clear}1 file"`,
    `err "${clear}2 files"`,
    `err "${clear}"`,
    'out "data\\n"',
    'out "more\\n"',
  ]);
});

it('there is no progress where `err` is no terminal', () => {
  const { terminal, written } = streams(false);
  terminal.progress('1 file');
  terminal.err('done');
  expect(written).toEqual(['err "done\\n"']);
});

it.each([
  [80, { columns: 80, width: 80 }],
  [200, { columns: 100, width: 200 }],
  [undefined, { columns: 100, width: 100 }],
])('in %s columns, text stays within 100 and what is drawn takes all', (columns, expected) => {
  const stream = { isTTY: columns !== undefined, columns } as unknown as NodeJS.WriteStream;
  expect(createTerminal(stream, stream)).toMatchObject(expected);
});
