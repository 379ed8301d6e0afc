import { AccountResolver } from './account.resolver.js';
import { AccountService, type AccountServiceDeps } from './account.service.js';

export function createAccounts(deps: AccountServiceDeps) {
  const accounts = new AccountService(deps);
  return { accounts, resolvers: [new AccountResolver(accounts)] };
}
