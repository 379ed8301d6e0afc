import { AccountResolver } from './account.resolver.js';
import { AccountService, type AccountServiceDeps } from './account.service.js';
import { OrganizationResolver } from './organization.resolver.js';
import { OrganizationService, type OrganizationServiceDeps } from './organization.service.js';

export function createOrganizations(deps: OrganizationServiceDeps) {
  const organizations = new OrganizationService(deps);
  return { organizations, resolvers: [new OrganizationResolver(organizations)] };
}

export function createAccounts(deps: AccountServiceDeps) {
  const accounts = new AccountService(deps);
  return { accounts, resolvers: [new AccountResolver(accounts)] };
}
