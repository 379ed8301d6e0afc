/**
 * The tokens of one name or value, in their order: parts at changes of case, at digits and between other characters.
 * `SDBFailure` is `SDB`, `Failure`; `Project2-trial333` is `Project`, `2`, `trial`, `333`. Not folded.
 *
 * Source: "Tokenization" in "CloudWatch search expression syntax", Amazon CloudWatch User Guide.
 */
function searchTokens(text: string): readonly string[] {
  return text.match(/\p{Lu}+(?!\p{Ll})|\p{Lu}?\p{Ll}+|[\p{Lo}\p{Lt}\p{Lm}]+|\p{N}+/gu) ?? [];
}

interface TermToken {
  readonly text: string;
  /** A word of several tokens is searched for as it is written, a word of one token in any case. */
  readonly isCaseSensitive: boolean;
}

/** A search term without quotes, ready to be looked for. */
export interface PartialTerm {
  readonly tokens: readonly TermToken[];
  /** All of it in one token, lower case: the guide gives every name such a token too. */
  readonly joined: string;
}

/**
 * The guide's examples fix the rule: in `CustomCount1`, `COUNT`, `CustomCount` and `Count1` are found and `customcount` and
 * `count1` are not; in `NetworkErrors2`, `network/errors` is found. So a word that changes case or has digits is searched
 * for as it is written, and any other in any case.
 */
export function partialTerm(text: string): PartialTerm {
  const tokens = text
    .split(/[^\p{L}\p{N}]+/u)
    .map(searchTokens)
    .flatMap((word) => word.map((token) => termToken(token, word.length > 1)));
  return { tokens, joined: joinedToken(text) };
}

function termToken(token: string, isCaseSensitive: boolean): TermToken {
  return { text: isCaseSensitive ? token : token.toLowerCase(), isCaseSensitive };
}

/** One name or value, ready to be searched. */
export interface TextTokens {
  readonly tokens: readonly string[];
  /** The same in lower case. */
  readonly lower: readonly string[];
  readonly joined: string;
}

export function textTokens(text: string): TextTokens {
  const tokens = searchTokens(text);
  return { tokens, lower: tokens.map((token) => token.toLowerCase()), joined: joinedToken(text) };
}

/** Whether the term's tokens stand in the text side by side, or the term is the whole text but for case and punctuation. */
export function hasPartialTerm({ tokens, lower, joined }: TextTokens, term: PartialTerm): boolean {
  for (let from = 0; from + term.tokens.length <= tokens.length; from++) {
    const isHere = term.tokens.every(
      ({ text, isCaseSensitive }, at) => (isCaseSensitive ? tokens : lower)[from + at] === text,
    );
    if (isHere) return true;
  }
  return joined === term.joined;
}

function joinedToken(text: string): string {
  return text.replace(/[^\p{L}\p{N}]+/gu, '').toLowerCase();
}
