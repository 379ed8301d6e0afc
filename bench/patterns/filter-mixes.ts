/** A filter pattern for each number: so many distinct ones of a kind can be had as are asked for. */
export type FilterPatternOf = (index: number) => string;

const services = ['s3', 'ec2', 'iam', 'sts', 'lambda', 'dynamodb', 'kms', 'sqs', 'rds', 'logs'];
const verbs = ['Create', 'Delete', 'Put', 'Update', 'Attach', 'Detach'];
const nouns = ['Role', 'User', 'Group', 'Bucket', 'Trail', 'Key'];

const pickFrom =
  (kinds: readonly FilterPatternOf[]): FilterPatternOf =>
  (index) =>
    (kinds[index % kinds.length] as FilterPatternOf)(index);

/** One service and one of many calls, as CIS AWS Foundations has them: no event is such a call. */
const namesOfService: FilterPatternOf = (index) => {
  const names = verbs.map((verb, at) => `($.eventName = ${verb}${nouns[(index + at) % nouns.length]}${index})`);
  return `{ ($.eventSource = ${services[index % services.length]}.amazonaws.com) && (${names.join(' || ')}) }`;
};

const wildcards = pickFrom([
  (index) => `{ ($.errorCode = "*Unauthorized${index}") || ($.errorCode = "Denied${index}*") }`,
  (index) => `{ $.requestParameters.bucketName = "team-${index}-*-logs" && $.readOnly IS FALSE }`,
  (index) => `{ $.userIdentity.arn = "*/deploy-${index}" && $.sourceIPAddress != 10.* }`,
]);

/** Only what is not so: there is nothing to find them by but that the field is there. */
const negations = pickFrom([
  (index) => `{ $.userIdentity.type = "Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType != "Type${index}" }`,
  (index) => `{ $.eventName = "Login${index}" && $.additionalEventData.MFAUsed != "Yes" }`,
  (index) => `{ $.errorCode = * && $.errorCode != "Error${index}" && $.vpcEndpointId = "vpce-${index}" }`,
]);

const numbers: FilterPatternOf = (index) =>
  `{ $.eventSource = s3.amazonaws.com && $.additionalEventData.bytesTransferredOut > ${1e12 + index} }`;

const terms = pickFrom([
  (index) => `"unusual thing ${index}" AccessDenied`,
  (index) => `Throttled${index} -AWSService`,
  (index) => `?Broken${index} ?SlowDown${index}`,
]);

const regexTerm: FilterPatternOf = (index) => `%snap-${index}[0-9a-f]{8}%`;
const regexField: FilterPatternOf = (index) => `{ $.userAgent = %build\\/${index}[0-9]+% && $.eventName = * }`;
const delimited: FilterPatternOf = (index) => `[ip, user, name, time, request = *.html*, status = 4*, size > ${index}]`;
/** Words from the last on: all of them are to be found first. */
const delimitedFromEnd: FilterPatternOf = (index) => `[ip, user, ..., status = 4*, size > ${index}]`;

/** A hundred of one kind tell what a kind costs. */
export const filterKinds: Readonly<Record<string, FilterPatternOf>> = {
  'names of a service': namesOfService,
  wildcards,
  negations,
  numbers,
  terms,
  'regular expressions on the text': regexTerm,
  'regular expressions on a field': regexField,
  delimited,
  'delimited, from the end': delimitedFromEnd,
};

const json = pickFrom([namesOfService, namesOfService, wildcards, negations, namesOfService, numbers]);
/** AWS takes five filters with regular expressions for a log group; those on text have no value to be found by. */
const rare: ReadonlyMap<number, FilterPatternOf> = new Map([
  [3, regexTerm],
  [7, delimited],
  [47, regexField],
]);

/** What an account has: eight of ten look at JSON, two at text; of all there are two regular expressions, one delimited. */
export const mixedFilters: FilterPatternOf = (index) => (rare.get(index) ?? (index % 5 === 2 ? terms : json))(index);
