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

it('draws over what it drew before, and gives the terminal back as it was', () => {
  let written = '';
  const stream = { isTTY: true, write: (text: string) => (written += text) } as unknown as NodeJS.WriteStream;
  const terminal = createTerminal(stream, stream);
  const [begin, end] = ['\u001b[?1049h\u001b[?25l\u001b[?7l', '\u001b[?7h\u001b[?25h\u001b[?1049l'];
  terminal.draw(['one', 'two']);
  terminal.draw(['three']);
  terminal.endDrawing();
  terminal.endDrawing();
  expect(written).toBe(`${begin}\u001b[Hone\u001b[K\ntwo\u001b[K\u001b[J\u001b[Hthree\u001b[K\u001b[J${end}`);
});

it('nothing is drawn into a pipe', () => {
  const { terminal, written } = streams(true);
  terminal.draw(['one']);
  terminal.endDrawing();
  expect(written).toEqual([]);
});

it('a window that is made larger is as large from then on', () => {
  const stream = { isTTY: true, columns: 80, rows: 24 } as unknown as NodeJS.WriteStream;
  const terminal = createTerminal(stream, stream);
  Object.assign(stream, { columns: 120, rows: 50 });
  expect([terminal.width, terminal.rows]).toEqual([120, 50]);
});

it.each([
  [80, { columns: 80, width: 80 }],
  [200, { columns: 100, width: 200 }],
  [undefined, { columns: 100, width: 100 }],
])('in %s columns, text stays within 100 and what is drawn takes all', (columns, expected) => {
  const stream = { isTTY: columns !== undefined, columns } as unknown as NodeJS.WriteStream;
  expect(createTerminal(stream, stream)).toMatchObject(expected);
});
