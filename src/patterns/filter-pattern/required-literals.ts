import type { CharacterSet, FilterRegex, RegexBranch } from './filter-pattern.js';

/** Shorter texts are in too many messages, and take long to look for. */
const leastLength = 3;

/** Up to this length a native search takes at most so many steps for each character. */
const longestPrefix = 16;

/** Texts one of which is in every text that the expression matches; null where there are none worth looking for. */
export function requiredLiterals({ branches }: FilterRegex): readonly string[] | null {
  const literals = branches.map(longestLiteral);
  return literals.every(({ length }) => length >= leastLength) ? literals : null;
}

/** What every match begins with; empty where that is not one text. */
export function commonPrefix({ branches }: FilterRegex): string {
  const [branch] = branches;
  let prefix = '';
  if (branch === undefined || branches.length > 1) return prefix;
  for (const { set, least, most } of branch.items) {
    const character = onlyCharacter(set);
    if (character === null || least !== 1 || most !== 1 || prefix.length === longestPrefix) return prefix;
    prefix += character;
  }
  return prefix;
}

/** The longest run of single characters that cannot be left out. */
function longestLiteral({ items }: RegexBranch): string {
  let longest = '';
  let run = '';
  for (const { set, least, most } of items) {
    const character = onlyCharacter(set);
    // What is repeated ends the run, but one of it still belongs there.
    if (character === null || least === 0) run = '';
    else run += character;
    if (run.length > longest.length) longest = run;
    if (character === null || least !== 1 || most !== 1) run = '';
  }
  return longest;
}

function onlyCharacter({ ranges, beyondAscii }: CharacterSet): string | null {
  const [range] = ranges;
  if (range === undefined || ranges.length > 1 || beyondAscii || range[0] !== range[1]) return null;
  return String.fromCharCode(range[0]);
}
