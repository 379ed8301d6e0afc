import { describe, expect, it } from 'vitest';
import { plotSeries } from './plot.js';

const start = Date.parse('2026-05-01T22:00:00Z');
const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** One value for each step from the start on; null for one that is missing. */
function series(label: string, values: readonly (number | null)[], step = minuteMs) {
  const present = values.flatMap((value, at) => (value === null ? [] : [{ time: start + at * step, value }]));
  return { label, timestamps: present.map(({ time }) => time), values: present.map(({ value }) => value) };
}

/** The labels of one axis, in order. */
function valueLabels(plot: string): string[] {
  return plot.split('\n').flatMap((line) => (line.includes('┤') ? [line.slice(0, line.indexOf('┤')).trim()] : []));
}

function timeLabels(plot: string): string[] {
  const lines = plot.split('\n');
  return lines.slice(lines.findIndex((line) => line.includes('└')) + 1).map((line) => line.trim().replace(/ +/g, ' '));
}

describe('a plot', () => {
  // Truth: reckoned by hand. A character is 2 dots wide and 4 high, and the lowest tick is the lowest row of dots.
  it.each([
    {
      name: 'a rising line, from corner to corner',
      plotted: [series('a', [0, 10])],
      options: { width: 16, height: 3, title: 'Requests', unit: 'Count' },
      lines: [
        'Requests (Count)',
        ' 10 ┤       ⢀⡠⠔⠊',
        '  5 ┤   ⢀⡠⠔⠊⠁',
        '  0 ┤⡠⠔⠊⠁',
        '    └┬─────────┬',
        'UTC  22:00 22:01',
        '     2026-05-01',
      ],
    },
    {
      name: 'equal values in the middle of an axis that shows 0',
      plotted: [series('a', [5, 5])],
      options: { width: 15, height: 2 },
      lines: [' 10 ┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀', '  0 ┤', '    └┬────────┬', 'UTC  22:00', '     2026-05-01'],
    },
    {
      name: 'equal values below 0',
      plotted: [series('a', [-5, -5])],
      options: { width: 15, height: 2 },
      lines: ['  0 ┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀', '-10 ┤', '    └┬────────┬', 'UTC  22:00', '     2026-05-01'],
    },
    {
      name: 'zeros',
      plotted: [series('a', [0, 0])],
      options: { width: 15, height: 2 },
      lines: ['  1 ┤', '  0 ┤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀', '    └┬────────┬', 'UTC  22:00', '     2026-05-01'],
    },
    {
      name: 'one point between the minutes around it',
      plotted: [series('a', [5])],
      options: { width: 26, height: 2 },
      lines: [
        ' 10 ┤          ⢀',
        '  0 ┤',
        '    └┬─────────┬─────────┬',
        'UTC  21:59   22:00   22:01',
        '     2026-05-01',
      ],
    },
    {
      name: 'a gap where points are missing',
      plotted: [series('a', [5, 5, null, null, 5, 5])],
      options: { width: 16, height: 2 },
      lines: [' 10 ┤⣀⣀⡀     ⢀⣀⣀', '  0 ┤', '    └┬─────────┬', 'UTC  22:00 22:05', '     2026-05-01'],
    },
    {
      name: 'values that are none, as a gap',
      plotted: [series('a', [5, 5, Number.NaN, Infinity, 5, 5])],
      options: { width: 16, height: 2 },
      lines: [' 10 ┤⣀⣀⡀     ⢀⣀⣀', '  0 ┤', '    └┬─────────┬', 'UTC  22:00 22:05', '     2026-05-01'],
    },
    {
      name: 'two series, each with its character',
      plotted: [series('low', [0, 0]), series('high', [10, 10])],
      options: { width: 15, height: 2 },
      lines: [
        ' 10 ┤++++++++++',
        '  0 ┤**********',
        '    └┬────────┬',
        'UTC  22:00',
        '     2026-05-01',
        '* low',
        '+ high',
      ],
    },
    {
      name: 'two series in colours',
      plotted: [series('low', [0, 0]), series('high', [10, 10])],
      options: { width: 15, height: 2, style: (style: unknown, text: string) => `<${String(style)}>${text}</>` },
      lines: [
        ' 10 ┤<yellow>⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉</>',
        '  0 ┤<cyan>⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀</>',
        '    └┬────────┬',
        'UTC  22:00',
        '     2026-05-01',
        '<cyan>■</> low',
        '<yellow>■</> high',
      ],
    },
    { name: 'nothing', plotted: [], options: { width: 20, height: 4 }, lines: ['no data points'] },
    {
      name: 'series without points',
      plotted: [series('a', []), series('b', [Number.NaN])],
      options: { width: 20, height: 4, title: 'Errors', unit: 'None' },
      lines: ['Errors', 'no data points'],
    },
  ])('of $name', ({ plotted, options, lines }) => {
    expect(plotSeries(plotted, options).split('\n')).toEqual(lines);
  });

  // Own reckoning: ticks are 1, 2 or 5 times a power of ten apart, and the outer ones enclose the values.
  it.each([
    { values: [3, 97], labels: ['100', '50', '0'] },
    { values: [0, 14_200], labels: ['15k', '10k', '5k', '0'] },
    { values: [1500, 4100], labels: ['6k', '4k', '2k', '0'] },
    { values: [0, 1.2e6], labels: ['1.5M', '1M', '500k', '0'] },
    { values: [-30, 20], labels: ['20', '0', '-20', '-40'] },
    { values: [0.02, 0.07], labels: ['0.08', '0.06', '0.04', '0.02'] },
    { values: [0, 3e-5], labels: ['40µ', '20µ', '0'] },
    { values: [0, 2e-8], labels: ['20n', '10n', '0'] },
    { values: [0, 2e-30], labels: ['2e-30', '1e-30', '0'] },
    { values: [0, 2e30], labels: ['2e+30', '1e+30', '0'] },
    { values: [1_000_000, 1_000_002], labels: ['1.000002M', '1.000001M', '1M'] },
    { values: [1e15, 1e15], labels: ['2P', '1P', '0'] },
    { values: [-(2 ** 360), 2 ** 360], labels: ['5e+108', '0', '-5e+108'] },
    { values: [5e-324, 1e-323], labels: ['1', '0.5', '0'] },
  ])('has the values $labels for $values', ({ values, labels }) => {
    expect(valueLabels(plotSeries([series('a', values)], { width: 40, height: 5 }))).toEqual(labels);
  });

  // Own reckoning: whole seconds, minutes, hours or days of UTC, with the day under the first of it.
  it.each([
    { name: '10 seconds', step: secondMs, points: 11, lines: ['UTC 22:00:00 22:00:05 22:00:10', '2026-05-01'] },
    {
      name: '90 minutes',
      step: minuteMs,
      points: 91,
      lines: ['UTC 22:00 22:15 22:30 22:45 23:00 23:15 23:30', '2026-05-01'],
    },
    {
      name: '4 hours over midnight',
      step: hourMs,
      points: 5,
      lines: ['UTC 22:00 23:00 00:00 01:00 02:00', '2026-05-01 2026-05-02'],
    },
    {
      name: '3 days',
      step: hourMs,
      points: 73,
      lines: ['UTC 00:00 12:00 00:00 12:00 00:00 12:00', '2026-05-02 2026-05-03 2026-05-04'],
    },
    { name: '5 days', step: dayMs, points: 6, lines: ['UTC 2026-05-03 2026-05-05'] },
    { name: 'half a year', step: dayMs, points: 181, lines: ['UTC 2026-05-07 2026-07-06 2026-09-04'] },
  ])('has a time axis of $name', ({ step, points, lines }) => {
    const plot = plotSeries([series('a', Array<number>(points).fill(1), step)], { width: 60, height: 2 });
    expect(timeLabels(plot)).toEqual(lines);
  });

  it('keeps to its width and height, whatever it is given', () => {
    const long = series('x'.repeat(500), [1, 1e-9, -1e12, 3, null, 7]);
    for (const width of [20, 33, 80, 200]) {
      const lines = plotSeries([long, long], { width, height: 7, title: 't'.repeat(500) }).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(lines.filter((line) => /[│┤]/.test(line))).toHaveLength(7);
    }
  });

  it('is drawn at least 10 characters wide and 2 high', () => {
    const lines = plotSeries([series('a', [1, 2])], { width: 0, height: 0 }).split('\n');
    expect(lines.filter((line) => /[│┤]/.test(line))).toHaveLength(2);
    expect(lines.find((line) => line.includes('└'))).toMatch(/└.{10}$/u);
  });

  it('lets no escape sequence and no line break of a name through', () => {
    const lines = plotSeries([series('a\u001b[2J\nb', [1]), series('c', [1])], {
      width: 30,
      height: 2,
      title: 'x\r\ny',
    });
    expect(lines.split('\n')).toContain('* a [2J b');
    expect(lines).not.toContain('\u001b');
    expect(lines).toContain('x y');
  });

  it('takes many points', () => {
    const values = Array.from({ length: 200_000 }, (_, at) => at % 100);
    expect(valueLabels(plotSeries([series('a', values, secondMs)], { width: 80, height: 4 }))).toEqual([
      '100',
      '50',
      '0',
    ]);
  });

  it('is no larger for times and values that no metric has', () => {
    const plotted = { label: 'a', timestamps: [-8e15, 0, 8e15, Number.NaN], values: [-1e300, 1e300, 0, 1] };
    expect(plotSeries([plotted], { width: 60, height: 6 }).split('\n').length).toBeLessThan(10);
  });
});
