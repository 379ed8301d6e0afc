import { describe, expect, it } from 'vitest';
import { matchesEventPattern } from './event-matcher.js';
import { parseEventPattern } from './parse-event-pattern.js';

/** Pattern of the field, its value in the event, whether they match. */
type FieldCase = readonly [list: string, value: string, expected: boolean];

function matchesField(list: string, value: string): boolean {
  return matchesEventPattern(parseEventPattern(`{"a": ${list}}`), JSON.parse(`{"a": ${value}}`));
}

/**
 * Event patterns, Amazon EventBridge User Guide; README of aws/event-ruler ("Exact matching", "JSON text matching");
 * localstack's cases recorded at AWS: boolean, null_value, number_comparison_float, string, string_empty, arrays.
 */
const exact: FieldCase[] = [
  ['["x"]', '"x"', true],
  ['["x"]', '"X"', false],
  ['["x"]', '"xy"', false],
  ['["x", "y"]', '"y"', true],
  ['[""]', '""', true],
  ['[""]', '" "', false],
  ['[""]', 'null', false],
  ['["x"]', '["y", "x"]', true],
  ['["x"]', '["y"]', false],
  ['["x"]', '[["y", ["x"]]]', true],
  ['["x"]', '[]', false],
  ['["x"]', '{"x": "x"}', false],
  ['[null]', 'null', true],
  ['[null]', '"null"', false],
  ['[null]', '[]', false],
  ['[null]', '[null]', true],
  ['[true]', 'true', true],
  ['[true]', 'false', false],
  ['[true]', '"true"', false],
  ['[false]', 'false', true],
  ['[false]', 'null', false],
  ['[false]', '0', false],
  ['[300]', '300', true],
  ['[300]', '300.0', true],
  ['[300.0]', '3e2', true],
  ['[3.018e2]', '301.8', true],
  ['[5]', '"5"', false],
  ['["5"]', '5', false],
  ['[0]', '-0', true],
  ['[123456789012]', '123456789012', true],
  ['[-1.5]', '-1.50', true],
  ['[{"exactly": "x"}]', '"x"', true],
  ['["1.2.3.4"]', '"1.2.3.4"', true],
  ['["é"]', '"\\u00e9"', true],
];

/** As above; localstack: prefix, suffix and their ignorecase, empty and int cases. */
const affixes: FieldCase[] = [
  ['[{"prefix": "us-"}]', '"us-east-1"', true],
  ['[{"prefix": "us-"}]', '"eu-us-1"', false],
  ['[{"prefix": "us-"}]', '"us"', false],
  ['[{"prefix": "us-"}]', '"us-"', true],
  ['[{"prefix": ""}]', '"x"', true],
  ['[{"prefix": ""}]', '""', true],
  ['[{"prefix": ""}]', 'null', false],
  ['[{"prefix": "1"}]', '12', false],
  ['[{"prefix": "us-"}]', '["eu-1", "us-1"]', true],
  ['[{"prefix": {"equals-ignore-case": "EVENTB"}}]', '"EventBridge"', true],
  ['[{"prefix": {"equals-ignore-case": "eventb"}}]', '"Event"', false],
  ['[{"suffix": ".png"}]', '"a.png"', true],
  ['[{"suffix": ".png"}]', '"a.PNG"', false],
  ['[{"suffix": ".png"}]', '"png"', false],
  ['[{"suffix": ""}]', '"x"', true],
  ['[{"suffix": ""}]', '1', false],
  ['[{"suffix": "2"}]', '12', false],
  ['[{"suffix": {"equals-ignore-case": ".PNG"}}]', '"a.Png"', true],
  ['[{"suffix": {"equals-ignore-case": ".PNG"}}]', '"a.pngx"', false],
];

/** As above; localstack: content_ignorecase, its EMPTY and NEG. The sigmas: letters are compared one by one. */
const ignoringCase: FieldCase[] = [
  ['[{"equals-ignore-case": "alice"}]', '"ALICE"', true],
  ['[{"equals-ignore-case": "ALICE"}]', '"alice"', true],
  ['[{"equals-ignore-case": "alice"}]', '"alices"', false],
  ['[{"equals-ignore-case": ""}]', '""', true],
  ['[{"equals-ignore-case": ""}]', '"x"', false],
  ['[{"equals-ignore-case": "true"}]', 'true', false],
  ['[{"equals-ignore-case": "ÄÖ"}]', '"äö"', true],
  ['[{"equals-ignore-case": "ασ"}]', '"ΑΣ"', true],
];

/** User guide, "Wildcard matching"; README; localstack: wildcard, nonrepeating, repeating, escape; WildcardParser. */
const wildcards: FieldCase[] = [
  ['[{"wildcard": "dir/*.png"}]', '"dir/a/b.png"', true],
  ['[{"wildcard": "dir/*.png"}]', '"dir/.png"', true],
  ['[{"wildcard": "dir/*.png"}]', '"dir/a.png.bak"', false],
  ['[{"wildcard": "dir/*.png"}]', '"x/dir/a.png"', false],
  ['[{"wildcard": "*"}]', '""', true],
  ['[{"wildcard": "*"}]', '"x"', true],
  ['[{"wildcard": "*"}]', '1', false],
  ['[{"wildcard": "*"}]', 'null', false],
  ['[{"wildcard": ""}]', '""', true],
  ['[{"wildcard": ""}]', '"x"', false],
  ['[{"wildcard": "x"}]', '"x"', true],
  ['[{"wildcard": "x"}]', '"xx"', false],
  ['[{"wildcard": "*b*"}]', '"abc"', true],
  ['[{"wildcard": "*b*"}]', '"ac"', false],
  ['[{"wildcard": "a*b*c"}]', '"abbc"', true],
  ['[{"wildcard": "a*b*c"}]', '"acb"', false],
  ['[{"wildcard": "ab*ba"}]', '"aba"', false],
  ['[{"wildcard": "ab*ba"}]', '"abba"', true],
  ['[{"wildcard": "*ab*ab"}]', '"ab"', false],
  ['[{"wildcard": "*ab*b"}]', '"cab"', false],
  ['[{"wildcard": "*ab*ab"}]', '"abxab"', true],
  ['[{"wildcard": "a\\\\*b"}]', '"a*b"', true],
  ['[{"wildcard": "a\\\\*b"}]', '"axb"', false],
  ['[{"wildcard": "a\\\\\\\\*b"}]', '"a\\\\xb"', true],
  ['[{"wildcard": "a\\\\**"}]', '"a*x"', true],
  ['[{"wildcard": "a.c*"}]', '"abcd"', false],
  ['[{"wildcard": "*\\n*"}]', '"a\\nb"', true],
  ['[{"wildcard": "*:*:*:*:*:event-bus/*"}]', '"arn:aws:events:us-east-1:123456789012:event-bus/x"', true],
  ['[{"wildcard": "*a part longer than sixteen*"}]', '"with a part longer than a part longer than sixteen."', true],
  ['[{"wildcard": "*aaaaaaaaaaaaaaaaaaab*"}]', '"aaaaaaaaaaaaaaaaaaaaaaaaac"', false],
];

/** User guide, "Anything-but matching"; README; localstack: content_anything_but_*, content_anything_prefix_* and so on. */
const anythingBut: FieldCase[] = [
  ['[{"anything-but": "x"}]', '"y"', true],
  ['[{"anything-but": "x"}]', '"x"', false],
  ['[{"anything-but": "x"}]', '5', true],
  ['[{"anything-but": "x"}]', 'null', true],
  ['[{"anything-but": "x"}]', 'false', true],
  ['[{"anything-but": "x"}]', '[]', false],
  ['[{"anything-but": "x"}]', '["x", "y"]', true],
  ['[{"anything-but": "x"}]', '["x", "x"]', false],
  ['[{"anything-but": ["x", "y"]}]', '"z"', true],
  ['[{"anything-but": ["x", "y"]}]', '"y"', false],
  ['[{"anything-but": ["x", "y"]}]', '["x", "y"]', false],
  ['[{"anything-but": 0}]', '0', false],
  ['[{"anything-but": 0}]', '1', true],
  ['[{"anything-but": 123}]', '123.0', false],
  ['[{"anything-but": [100, 200]}]', '2e2', false],
  ['[{"anything-but": [100, 200]}]', '"200"', true],
  ['[{"anything-but": {"prefix": "init"}}]', '"initial"', false],
  ['[{"anything-but": {"prefix": "init"}}]', '"running"', true],
  ['[{"anything-but": {"prefix": "init"}}]', '1', true],
  ['[{"anything-but": {"prefix": "init"}}]', 'null', true],
  ['[{"anything-but": {"prefix": ["a", "b"]}}]', '"bc"', false],
  ['[{"anything-but": {"prefix": ["a", "b"]}}]', '"cb"', true],
  ['[{"anything-but": {"suffix": ".txt"}}]', '"a.txt"', false],
  ['[{"anything-but": {"suffix": ".txt"}}]', '"a.png"', true],
  ['[{"anything-but": {"suffix": [".txt", ".rtf"]}}]', '"a.rtf"', false],
  ['[{"anything-but": {"equals-ignore-case": "init"}}]', '"INIT"', false],
  ['[{"anything-but": {"equals-ignore-case": "init"}}]', '"inits"', true],
  ['[{"anything-but": {"equals-ignore-case": ["a", "B"]}}]', '"b"', false],
  ['[{"anything-but": {"equals-ignore-case": ["a", "B"]}}]', 'null', true],
  ['[{"anything-but": {"wildcard": "*/lib/*"}}]', '"a/lib/b"', false],
  ['[{"anything-but": {"wildcard": "*/lib/*"}}]', '"a/bin/b"', true],
  ['[{"anything-but": {"wildcard": ["*/lib/*", "*/bin/*"]}}]', '"a/bin/b"', false],
  ['[{"anything-but": {"wildcard": ""}}]', '""', false],
  ['[{"anything-but": {"wildcard": ""}}]', '"x"', true],
  ['["x", {"anything-but": "x"}]', '"x"', true],
];

/** User guide, "Numeric matching"; README: -5e9 to 5e9; localstack: content_numeric_*, number_comparison_float. */
const numeric: FieldCase[] = [
  ['[{"numeric": [">", 0, "<=", 5]}]', '5', true],
  ['[{"numeric": [">", 0, "<=", 5]}]', '0', false],
  ['[{"numeric": [">", 0, "<=", 5]}]', '5.000001', false],
  ['[{"numeric": [">=", 0, "<", 5]}]', '0', true],
  ['[{"numeric": [">=", 0, "<", 5]}]', '5', false],
  ['[{"numeric": ["<", 10]}]', '-3', true],
  ['[{"numeric": ["<", 10]}]', '10', false],
  ['[{"numeric": ["<=", 10]}]', '1e1', true],
  ['[{"numeric": [">", 10]}]', '10.1', true],
  ['[{"numeric": ["=", 3.018e2]}]', '301.8', true],
  ['[{"numeric": ["=", 5]}]', '5.0', true],
  ['[{"numeric": ["=", 5]}]', '"5"', false],
  ['[{"numeric": [">", 0]}]', '"10"', false],
  ['[{"numeric": [">", 0]}]', 'null', false],
  ['[{"numeric": [">", 0]}]', '[-1, 1]', true],
  ['[{"numeric": [">", 0]}]', '5e9', true],
  ['[{"numeric": [">", 0]}]', '5000000001', false],
  ['[{"numeric": ["<", 0]}]', '-5000000001', false],
];

/** User guide, "IP address matching"; aws/event-ruler, CIDR; localstack: content_ip_address_*. */
const addresses: FieldCase[] = [
  ['[{"cidr": "10.0.0.0/24"}]', '"10.0.0.255"', true],
  ['[{"cidr": "10.0.0.0/24"}]', '"10.0.1.0"', false],
  ['[{"cidr": "10.0.0.77/24"}]', '"10.0.0.3"', true],
  ['[{"cidr": "0.0.0.0/0"}]', '"255.255.255.255"', true],
  ['[{"cidr": "0.0.0.0/0"}]', '"::1"', false],
  ['[{"cidr": "10.0.0.0/31"}]', '"10.0.0.1"', true],
  ['[{"cidr": "10.0.0.0/8"}]', '"10.0.0"', false],
  ['[{"cidr": "10.0.0.0/8"}]', '"10.0.0.0.0"', false],
  ['[{"cidr": "10.0.0.0/8"}]', '"10.0.0.256"', false],
  ['[{"cidr": "10.0.0.0/8"}]', '"sqs.amazonaws.com"', false],
  ['[{"cidr": "10.0.0.0/8"}]', '"AWS Internal"', false],
  ['[{"cidr": "10.0.0.0/8"}]', '10', false],
  ['[{"cidr": "10.0.0.0/8"}]', '"010.001.0.1"', true],
  ['[{"cidr": "2001:db8::/32"}]', '"2001:DB8:1::ffff"', true],
  ['[{"cidr": "2001:db8::/32"}]', '"2001:db9::"', false],
  ['[{"cidr": "::/0"}]', '"1:2:3:4:5:6:7:8"', true],
  ['[{"cidr": "::/0"}]', '"1:2:3:4:5:6:7"', false],
  ['[{"cidr": "::/0"}]', '"1::2::3"', false],
  ['[{"cidr": "::/0"}]', '"fe80::1%eth0"', false],
  ['[{"cidr": "::/0"}]', '":"', false],
  ['[{"cidr": "10.0.0.0/8"}]', '"::ffff:a00:1"', true],
  ['[{"cidr": "10.0.0.0/8"}]', '"::ffff:10.0.0.1"', false],
];

/** User guide, "Exists matching"; README ("only on the leaf nodes"); localstack: content_exists*, exists_*. */
const existence: FieldCase[] = [
  ['[{"exists": true}]', '"x"', true],
  ['[{"exists": true}]', 'null', true],
  ['[{"exists": true}]', '""', true],
  ['[{"exists": true}]', '[]', false],
  ['[{"exists": true}]', '[null]', true],
  ['[{"exists": true}]', '{"b": 1}', false],
  ['[{"exists": true}]', '{}', false],
  ['[{"exists": false}]', '"x"', false],
  ['[{"exists": false}]', 'null', false],
  ['[{"exists": false}]', '[]', true],
  ['[{"exists": false}]', '{"b": 1}', true],
  ['["x", {"exists": false}]', '"x"', true],
  ['["x", {"exists": false}]', '"y"', false],
  ['["x", {"exists": false}]', '[]', true],
  ['[{"exists": false}, {"exists": true}]', '1', true],
];

describe.each([
  ['an exact value', exact],
  ['a prefix or suffix', affixes],
  ['equals-ignore-case', ignoringCase],
  ['a wildcard', wildcards],
  ['anything-but', anythingBut],
  ['numeric', numeric],
  ['cidr', addresses],
  ['exists', existence],
])('a field with %s', (_, cases) => {
  it.each(cases)('%s and %s: %s', (list, value, expected) => {
    expect(matchesField(list, value)).toBe(expected);
  });
});
