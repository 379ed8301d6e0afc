import { badInput } from '../platform/errors.js';
import type { Dimensions } from './metric-identity.js';

export interface DimensionInput {
  readonly name: string;
  readonly value: string;
}

const maxDimensions = 30;
const maxNameLength = 255;
const maxDimensionValueLength = 1024;

/** What the server reports of itself. */
const ownNamespace = 'Crosstrail';

/**
 * Checks the namespace of data that is put: PutMetricData (Amazon CloudWatch API Reference) and "Namespaces" in the User
 * Guide. AWS keeps the ones that begin with `AWS/` to itself, and the server its own.
 *
 * @throws CrosstrailError BAD_USER_INPUT
 */
export function checkNamespace(argument: string, namespace: string): void {
  checkLength(argument, namespace, maxNameLength);
  if (!/^[\w.\-/#: ]+$/.test(namespace)) {
    throw badInput(argument, 'may hold letters, digits, ".", "-", "_", "/", "#", ":" and blanks');
  }
  checkNotBlank(argument, namespace);
  if (namespace.startsWith(':')) throw badInput(argument, 'must not begin with ":"');
  if (namespace.startsWith('AWS/')) throw badInput(argument, 'must not begin with "AWS/", which is kept for AWS');
  if (namespace === ownNamespace)
    throw badInput(argument, `must not be "${ownNamespace}", which the server itself uses`);
}

/** @throws CrosstrailError BAD_USER_INPUT */
export function checkMetricName(argument: string, metricName: string): void {
  checkLength(argument, metricName, maxNameLength);
  checkPrintable(argument, metricName);
}

/**
 * Checks dimensions as "Dimension" (Amazon CloudWatch API Reference) has them, and that no two have one name.
 *
 * @returns in the order of their names
 * @throws CrosstrailError BAD_USER_INPUT
 */
export function parseDimensions(argument: string, dimensions: readonly DimensionInput[]): Dimensions {
  if (dimensions.length > maxDimensions) throw badInput(argument, `must be ${maxDimensions} dimensions at most`);
  const values = new Map<string, string>();
  for (const [index, { name, value }] of dimensions.entries()) {
    const at = `${argument}[${index}]`;
    checkLength(`${at}.name`, name, maxNameLength);
    checkPrintable(`${at}.name`, name);
    if (name.startsWith(':')) throw badInput(`${at}.name`, 'must not begin with ":"');
    if (values.has(name)) throw badInput(`${at}.name`, `must differ from those of the other dimensions`);
    checkLength(`${at}.value`, value, maxDimensionValueLength);
    checkPrintable(`${at}.value`, value);
    values.set(name, value);
  }
  return Object.fromEntries([...values].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Whether a metric may have it: "Dimension", Amazon CloudWatch API Reference. */
export function isDimensionValue(text: string): boolean {
  return text.length <= maxDimensionValueLength && /^[ -~]+$/.test(text) && text.trim() !== '';
}

function checkLength(argument: string, text: string, most: number): void {
  if (text.length === 0 || text.length > most) throw badInput(argument, `must have 1 to ${most} characters`);
}

function checkPrintable(argument: string, text: string): void {
  if (!/^[ -~]+$/.test(text)) throw badInput(argument, 'may hold printable ASCII characters only');
  checkNotBlank(argument, text);
}

function checkNotBlank(argument: string, text: string): void {
  if (text.trim() === '') throw badInput(argument, 'must not consist of blanks');
}
