/** Stands where AWS has the account of a rule, an alarm or an event, for what is Crosstrail's own. No account has this id. */
export const ownAccount = '000000000000';
