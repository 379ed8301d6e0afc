/** Whether the JSON text of a record contains a text, in any case. */
export function containsText(record: Buffer, search: string): boolean {
  const text = record.toString('utf8');
  return text.includes(search) || text.toLowerCase().includes(search.toLowerCase());
}
