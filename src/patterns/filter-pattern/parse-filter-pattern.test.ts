import { describe, expect, it } from 'vitest';
import { FilterPatternError } from './filter-pattern.js';
import { parseFilterPattern } from './parse-filter-pattern.js';

function refusalOf(text: string): { reason: string; position: number } {
  try {
    parseFilterPattern(text);
  } catch (error) {
    if (error instanceof FilterPatternError) return error;
    throw error;
  }
  throw new Error(`${text} was taken`);
}

type Refusal = readonly [text: string, position: number, reason: RegExp];

describe('kinds', () => {
  // The first character decides: user guide, "Filter pattern syntax". Blanks and `" "` match everything: same page;
  // localstack has " " recorded at AWS as the pattern of a metric filter.
  it.each([
    ['', 'all'],
    [' \t\n', 'all'],
    ['""', 'all'],
    ['" "', 'all'],
    ['ERROR', 'terms'],
    ['  ERROR', 'terms'],
    ['"{ $.a = 1 }"', 'terms'],
    ['%ERR%', 'terms'],
    ['?a ?b', 'terms'],
    ['{ $.a = 1 }', 'json'],
    ['\n{$.a=1}\n', 'json'],
    ['[a, b]', 'delimited'],
    ['[]', 'delimited'],
    ['[ ]', 'delimited'],
    ['[ , ... , ]', 'delimited'],
  ])('%j is of kind %s', (text, kind) => {
    expect(parseFilterPattern(text).kind).toBe(kind);
  });

  it('takes 1,024 characters and no more', () => {
    expect(parseFilterPattern('x'.repeat(1024)).kind).toBe('terms');
    expect(refusalOf('x'.repeat(1025))).toMatchObject({ position: 1024, reason: expect.stringMatching(/1024 char/) });
  });

  it('gives plain data', () => {
    const pattern = parseFilterPattern('{ $.a[*] = %x|y{2}% && ($.b NOT EXISTS || $.c != "p*q") }');
    expect(structuredClone(pattern)).toEqual(pattern);
  });
});

describe('syntax trees', () => {
  // Own reckoning of the grammar; `&&` before `||` and parentheses: user guide, "Compound expressions".
  it('binds && closer than ||', () => {
    const compare = (key: string) => ({
      kind: 'compare',
      selector: { text: `$.${key}`, steps: [{ kind: 'member', key }] },
      test: { op: '=', operand: { kind: 'number', number: 1 } },
    });
    expect(parseFilterPattern('{ $.a = 1 || $.b = 1 && ($.c = 1 || ($.d = 1)) }')).toEqual({
      kind: 'json',
      condition: {
        kind: 'or',
        conditions: [
          compare('a'),
          { kind: 'and', conditions: [compare('b'), { kind: 'or', conditions: [compare('c'), compare('d')] }] },
        ],
      },
    });
  });

  // `$.['cluster.name']`, `[0]`, `[*]`, `.*`: examples of the user guide. `$.detail-type`: reported to be taken by AWS.
  it.each([
    ['$.a', [{ kind: 'member', key: 'a' }]],
    ['$.detail-type', [{ kind: 'member', key: 'detail-type' }]],
    [
      '$.a_1.B',
      [
        { kind: 'member', key: 'a_1' },
        { kind: 'member', key: 'B' },
      ],
    ],
    ["$.['cluster.name']", [{ kind: 'member', key: 'cluster.name' }]],
    [
      "$.a['b c'][0]",
      [
        { kind: 'member', key: 'a' },
        { kind: 'member', key: 'b c' },
        { kind: 'element', index: 0 },
      ],
    ],
    [
      '$.a[2][10]',
      [
        { kind: 'member', key: 'a' },
        { kind: 'element', index: 2 },
        { kind: 'element', index: 10 },
      ],
    ],
    ['$.a[*].id', [{ kind: 'member', key: 'a' }, { kind: 'any-element' }, { kind: 'member', key: 'id' }]],
    ['$.*', [{ kind: 'any-member' }]],
    ['$.a.*.b', [{ kind: 'member', key: 'a' }, { kind: 'any-member' }, { kind: 'member', key: 'b' }]],
  ])('reads the selector %s', (text, steps) => {
    expect(parseFilterPattern(`{ ${text} NOT EXISTS }`)).toEqual({
      kind: 'json',
      condition: { kind: 'not-exists', selector: { text, steps } },
    });
  });

  // Numbers: user guide 2020, "Numeric comparisons". Bare words with dots and asterisks: the CIS benchmark's filters.
  // `\"` and `\\`: as CDK's FilterPattern writes them (recalled).
  it.each([
    ['500', { kind: 'number', number: 500 }],
    ['+1000', { kind: 'number', number: 1000 }],
    ['-1.5', { kind: 'number', number: -1.5 }],
    ['10e3', { kind: 'number', number: 10_000 }],
    ['1e-3', { kind: 'number', number: 0.001 }],
    ['4*', { kind: 'text', parts: ['4', ''] }],
    ['*', { kind: 'text', parts: ['', ''] }],
    ['123.123.*', { kind: 'text', parts: ['123.123.', ''] }],
    ['iam.amazonaws.com', { kind: 'text', parts: ['iam.amazonaws.com'] }],
    ['us-east-1', { kind: 'text', parts: ['us-east-1'] }],
    ['"500"', { kind: 'text', parts: ['500'] }],
    ['""', { kind: 'text', parts: [''] }],
    ['"*Unauthorized*"', { kind: 'text', parts: ['', 'Unauthorized', ''] }],
    ['"a \\"b\\" \\\\ \\n"', { kind: 'text', parts: ['a "b" \\ \\n'] }],
    ['"é }"', { kind: 'text', parts: ['é }'] }],
    ['NULL', { kind: 'text', parts: ['NULL'] }],
  ])('reads the operand %s', (text, operand) => {
    expect(parseFilterPattern(`{ $.a = ${text} }`)).toMatchObject({ condition: { test: { op: '=', operand } } });
  });

  // User guide, "Supported regular expressions".
  it.each([
    ['a{3,5}', [{ least: 3, most: 5 }]],
    ['a{3}', [{ least: 3, most: 3 }]],
    ['a{3,}', [{ least: 3, most: null }]],
    ['a{,5}', [{ least: 0, most: 5 }]],
    [
      'a?b*c+',
      [
        { least: 0, most: 1 },
        { least: 0, most: null },
        { least: 1, most: null },
      ],
    ],
  ])('reads the repetitions of %%%s%%', (text, items) => {
    expect(parseFilterPattern(`%${text}%`)).toMatchObject({ included: [{ regex: { branches: [{ items }] } }] });
  });
});

// Origin: the CIS AWS Foundations Benchmark's metric filters, in the forms that it has them.
describe('the benchmark', () => {
  it.each([
    '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
    '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") }',
    '{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "AwsServiceEvent" }',
    '{($.eventSource=iam.amazonaws.com) && (($.eventName=DeleteGroupPolicy) || ($.eventName=AddRole*))}',
    '{ ($.eventName = ConsoleLogin) && ($.errorMessage = "Failed authentication") }',
    '{($.eventSource = kms.amazonaws.com) && (($.eventName=DisableKey) || ($.eventName=ScheduleKeyDeletion))}',
  ])('takes %s', (text) => {
    expect(parseFilterPattern(text).kind).toBe('json');
  });
});

describe('what is refused', () => {
  // Characters: AWS answers `Invalid character(s) in term` to : , [ ( \ and the backtick (reports of users).
  const terms: Refusal[] = [
    ['a:b', 1, /letters, digits and "_" into double quotes/],
    ['ERROR (x)', 6, /double quotes/],
    ['a.b', 1, /double quotes/],
    ['naïve', 2, /double quotes/],
    ['`{ $.a = 1 }', 0, /double quotes/],
    ['"a"b', 3, /blank between terms/],
    ['x "abc', 2, /not closed/],
    ['a -', 3, /term is missing behind "-"/],
    ['? a', 1, /term is missing behind "\?"/],
    ['-""', 1, /nothing in it/],
    ['--a', 1, /cannot be part/],
  ];

  // The alphabet and "no parentheses": user guide. Stacked repetitions and inner anchors: own reckoning, since engines
  // disagree about them.
  const regexes: Refusal[] = [
    ['%something!%', 10, /"!%" is not supported/],
    ['%(ab)+%', 1, /not supported/],
    ['%caf\u00e9%', 4, /not supported/],
    ['%%', 1, /regular expression was expected/],
    ['%abc', 0, /% is missing/],
    ['%a{3,%', 2, /repetition is/],
    ['%a{}%', 2, /repetition is/],
    ['%a{,}%', 2, /repetition is/],
    ['%a{5,3}%', 2, /upper bound/],
    ['%a{501}%', 2, /more than 500/],
    ['%a{99999999999999999999}%', 2, /more than 500/],
    ['%a{250}b{250}c%', 14, /more than 500/],
    ['%*a%', 1, /nothing before "\*"/],
    ['%a**%', 3, /nothing before "\*"/],
    ['%a|%', 3, /side of "\|"/],
    ['%|a%', 1, /side of "\|"/],
    ['%a^b%', 2, /beginning of the text/],
    ['%a$b%', 2, /end of the text/],
    ['%\\p%', 1, /behind the backslash/],
    ['%\\(%', 1, /behind the backslash/],
    ['%\\x2%', 1, /two hexadecimal digits/],
    ['%\\xE9%', 1, /00 to 7F/],
    ['%[]%', 1, /no characters/],
    ['%[abc%', 1, /\] is missing/],
    ['%[z-a]%', 2, /upwards/],
    ['%[a-\\d]%', 2, /upwards/],
    ['%[[]%', 2, /between brackets/],
    ['%a% %b% %c%', 8, /2 regular expressions/],
    ['{ $.a = %x% || $.a = %y% || $.a = %z% }', 34, /2 regular expressions/],
  ];

  // Quotas of wildcards, no IS NOT, no EXISTS: user guide. The rest own reckoning of its grammar.
  const json: Refusal[] = [
    ['{ $.a }', 6, /operator was expected instead of "}"/],
    ['{ $.a = }', 8, /a word, a number/],
    ['{ $.a = 1', 9, /"}" is missing for "{" at position 0/],
    ['{ $.a = 1 } x', 12, /nothing may follow/],
    ['{}', 1, /selector was expected/],
    ['{ a = 1 }', 2, /selector was expected instead of "a"/],
    ['{ $ = 1 }', 3, /goes on behind "\$"/],
    ['{ $a = 1 }', 3, /goes on behind/],
    ['{ $[0] = 1 }', 3, /goes on behind/],
    ['{ $."a" = 1 }', 4, /name of letters/],
    ['{ $.a. = 1 }', 6, /name of letters/],
    ['{ $.[a] = 1 }', 4, /single quotes/],
    ["{ $.['a = 1 }", 5, /not closed/],
    ["{ $.[''] = 1 }", 6, /name was expected/],
    ['{ $.a[x] = 1 }', 6, /index, "\*" or a name/],
    ['{ $.a[0 = 1 }', 7, /"\]" was expected/],
    ['{ $.a[1234567890] = 1 }', 6, /9 digits/],
    ['{ $.*[*] = 1 }', 5, /one wildcard only/],
    ['{ $.a[*]=1 || $.b[*]=1 || $.c.*=1 || $.d[*]=1 }', 37, /3 selectors/],
    ['{ $.a == 1 }', 6, /written "="/],
    ['{ $.a => 1 }', 7, /word, a number/],
    ['{ $.a ~ 1 }', 6, /operator was expected/],
    ['{ $.a > abc }', 8, /number was expected behind ">"/],
    ['{ $.a <= "5" }', 9, /number was expected/],
    ['{ $.a > 4* }', 8, /number was expected/],
    ['{ $.a < %5% }', 8, /number was expected/],
    ['{ $.a = 1e999 }', 8, /too great/],
    ['{ $.a = a/b }', 9, /"&&", "\|\|" or "}" was expected instead of "\/b"/],
    ['{ $.a = "b }', 8, /not closed/],
    ['{ $.a = 1 && }', 13, /selector was expected/],
    ['{ $.a = 1 & $.b = 1 }', 10, /"&&", "\|\|" or "}"/],
    ['{ ($.a = 1 }', 11, /"&&", "\|\|" or "\)"/],
    ['{ ($.a = 1', 10, /"\)" is missing for "\(" at position 2/],
    ['{ $.a IS MAYBE }', 9, /NULL, TRUE or FALSE/],
    ['{ $.a IS NOT NULL }', 9, /NULL, TRUE or FALSE/],
    ['{ $.a is null }', 6, /operator was expected/],
    ['{ $.a EXISTS }', 6, /no EXISTS/],
    ['{ $.a NOT exists }', 10, /"EXISTS" was expected/],
    ['{ $.a NOTEXISTS }', 6, /operator was expected/],
    ['{ $.a = \u{1f600} }', 8, /instead of "\u{1f600}"/u],
  ];

  // Own reckoning of the grammar in "Using filter patterns to match terms in space-delimited log events".
  const delimited: Refusal[] = [
    ['[a, b', 5, /"\]" is missing for "\[" at position 0/],
    ['[a, b] c', 7, /nothing may follow/],
    ['[a, ..., b, ..., c]', 12, /once only/],
    ['[a, a]', 4, /is taken/],
    ['[1a]', 1, /begins with a letter/],
    ['[a b]', 3, /operator was expected/],
    ['[a = ]', 5, /word, a number/],
    ['[a = 1 ||]', 9, /name of a field/],
    ['[a, b=x || c=y]', 11, /"b" was expected/],
    ['[w1=ERROR || W1=WARNING, w2]', 13, /"w1" was expected/],
    ['[a = 1 b]', 7, /"," or "\]" was expected/],
    ['[... a]', 5, /"," or "\]" was expected/],
    ['[a > x]', 5, /number was expected/],
    ['[a=%x%, b=%y%, c=%z%]', 17, /2 regular expressions/],
  ];

  it.each([...terms, ...regexes, ...json, ...delimited])('%j at %i', (text, position, reason) => {
    const refusal = refusalOf(text);
    expect(refusal.reason).toMatch(reason);
    expect(refusal.position).toBe(position);
  });

  // Own reckoning: any text of 1,024 characters is read or refused, without a stack that overflows.
  it.each([
    ['parentheses', `{${'('.repeat(1023)}`, 101],
    ['question marks', '?'.repeat(1024), 1],
    ['minus signs', '-'.repeat(1024), 1],
    ['brackets', '['.repeat(1024), 1],
    ['percent signs', '%'.repeat(1024), 1],
    ['dots', `{ $${'.'.repeat(1018)} }`, 4],
    ['a class that does not end', `%[${'a-'.repeat(500)}`, 1],
  ])('%s without end', (_name, text, position) => {
    expect(refusalOf(text).position).toBe(position);
  });
});
