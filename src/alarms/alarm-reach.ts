/** Whether one set of accounts holds another; null stands for every account. */
export function reaches(of: readonly string[] | null, wanted: readonly string[] | null): boolean {
  if (of === null) return true;
  return wanted?.every((accountId) => of.includes(accountId)) ?? false;
}
