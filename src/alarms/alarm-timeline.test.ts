import { describe, expect, it } from 'vitest';
import { Random } from '../lib/random.js';
import type { AlarmState } from '../patterns/alarm-rule/alarm-state.js';
import { type AnnouncedTransition, type Correction, correctTimeline, type Transition } from './alarm-timeline.js';

const letters: Record<string, AlarmState> = { O: 'OK', A: 'ALARM', I: 'INSUFFICIENT_DATA' };
const letterOf = (state: AlarmState) => state.charAt(0);

/** "3:OA 7:AO": at 3 from OK to ALARM, at 7 back. */
const timeline = (drawing: string): Transition[] =>
  drawing === ''
    ? []
    : drawing.split(' ').map((part) => {
        const [at = '', states = ''] = part.split(':');
        const [from = 'OK', to = 'OK'] = states.split('').map((letter) => letters[letter]);
        return { at: Number(at), from, to };
      });

const announcedAs = (transitions: readonly Transition[]): AnnouncedTransition[] =>
  transitions.map((one, index) => ({ ...one, id: `id-${index}-${one.at}`, revision: 1 }));

const draw = ({ at, from, to }: Transition) => `${at}:${letterOf(from)}${letterOf(to)}`;

function told(correction: Correction<Transition>): string {
  if (correction.kind === 'new') return `new ${draw(correction.transition)}`;
  if (correction.kind === 'replaced') return `${draw(correction.announced)} is ${draw(correction.transition)}`;
  return `${draw(correction.announced)} was ${letterOf(correction.state)}`;
}

// Truth: own reckoning.
describe('what has to be told after late data', () => {
  const cases: [string, string, string, AlarmState, string[]][] = [
    ['nothing where nothing happened', '', '', 'OK', []],
    ['nothing where it was told so', '3:OA 7:AO', '3:OA 7:AO', 'OK', []],
    ['what is new', '', '3:OA 7:AO', 'OK', ['new 3:OA', 'new 7:AO']],
    ['what did not happen', '3:OA 7:AO', '', 'OK', ['3:OA was O', '7:AO was O']],
    ['what did not happen, in the state before', '3:AO', '', 'ALARM', ['3:AO was A']],
    ['an earlier time', '5:OA', '3:OA', 'OK', ['5:OA is 3:OA']],
    ['a later time', '5:OA', '8:OA', 'OK', ['5:OA is 8:OA']],
    ['another state before', '5:IA', '5:OA', 'INSUFFICIENT_DATA', ['5:IA is 5:OA']],
    ['another state at the same time', '5:IO', '5:IA', 'INSUFFICIENT_DATA', ['5:IO is 5:IA']],
    ['the same time before the same state', '5:IO', '4:IO 5:OA', 'INSUFFICIENT_DATA', ['new 4:IO', '5:IO is 5:OA']],
    ['an alarm that lasted longer', '3:OA 7:AO', '3:OA 9:AO', 'OK', ['7:AO is 9:AO']],
    ['two alarms that were one', '3:OA 5:AO 7:OA 9:AO', '3:OA 9:AO', 'OK', ['5:AO was A', '7:OA was A']],
    ['one alarm that was two', '3:OA 9:AO', '3:OA 5:AO 7:OA 9:AO', 'OK', ['new 5:AO', 'new 7:OA']],
    [
      'those to the same state in order',
      '3:OA 5:AO 7:OA 9:AO',
      '2:OA 4:AO 6:OA 8:AO',
      'OK',
      ['3:OA is 2:OA', '5:AO is 4:AO', '7:OA is 6:OA', '9:AO is 8:AO'],
    ],
    ['the state by what is known now', '5:OI 8:IA', '2:OA 9:AO', 'OK', ['8:IA is 2:OA', '5:OI was A', 'new 9:AO']],
  ];
  it.each(cases)('%s', (_, announced, judged, stateBefore, expected) => {
    expect(correctTimeline(announcedAs(timeline(announced)), timeline(judged), stateBefore).map(told)).toEqual(
      expected,
    );
  });

  it('keeps what else a transition carries', () => {
    const judged = [{ at: 3, from: 'OK', to: 'ALARM', reason: 'because' }] as const;
    expect(correctTimeline([], judged, 'OK')).toEqual([{ kind: 'new', transition: judged[0] }]);
  });
});

describe('in 3,000 random timelines', () => {
  const states = Object.values(letters);

  function randomTimeline(random: Random, before: AlarmState): Transition[] {
    const times = Array.from({ length: 12 }, (_, at) => at).filter(() => random.chance(0.4));
    let from = before;
    return times.map((at) => {
      const to = random.pick(states.filter((state) => state !== from));
      const transition = { at, from, to };
      from = to;
      return transition;
    });
  }

  /** The state at a time, by what is known now. */
  const stateAt = (judged: readonly Transition[], time: number, before: AlarmState) =>
    judged.findLast(({ at }) => at <= time)?.to ?? before;

  it('the corrections make what was told true, in order, and name each told transition once at most', () => {
    for (let seed = 0; seed < 3000; seed++) {
      const random = new Random(`timeline ${seed}`);
      const before = random.pick(states);
      const announced = announcedAs(randomTimeline(random, random.pick(states)));
      const judged = randomTimeline(random, before);
      const corrections = correctTimeline(announced, judged, before);

      const named = corrections.flatMap((one) => (one.kind === 'new' ? [] : [one.announced.id]));
      expect(new Set(named).size, `seed ${seed}`).toBe(named.length);
      const kept = announced.filter(({ id }) => !named.includes(id));
      const added = corrections.flatMap((one) => (one.kind === 'withdrawn' ? [] : [one.transition]));
      const result = [...kept, ...added].sort((one, other) => one.at - other.at);
      expect(result.map(draw), `seed ${seed}`).toEqual(judged.map(draw));

      const times = corrections.map((one) => (one.kind === 'withdrawn' ? one.announced.at : one.transition.at));
      expect(times, `seed ${seed}`).toEqual(times.toSorted((one, other) => one - other));
      for (const one of corrections) {
        if (one.kind === 'withdrawn') expect(one.state).toBe(stateAt(judged, one.announced.at, before));
      }
      expect(correctTimeline(announcedAs(judged), judged, before)).toEqual([]);
    }
  });
});
