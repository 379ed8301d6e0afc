/** How metrics and statistics are read that a client names, for rooms that take them as well. */
export { parseQuery, statisticOf } from './metric-data-request.js';
export { checkMetricName, parseDimensions } from './metric-names.js';
export { isMetricUnit } from './metric-unit.js';
