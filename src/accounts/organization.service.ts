import type { AuditLog } from '../access/audit.service.js';
import type { Caller } from '../access/context.js';
import type { AccountScope } from '../access/scope.js';
import { isUuid } from '../lib/uuid.js';
import { allow, type CheckStep, roleSteps, runSteps } from '../platform/aws/access-check.js';
import type { AwsSessions } from '../platform/aws/aws-sessions.js';
import type { Database } from '../platform/database/database.js';
import { badInput, CrosstrailError, conflict, notFound, storedReason } from '../platform/errors.js';
import type { CheckResult } from '../platform/graphql/check.entity.js';
import { failureFields, type Logger } from '../platform/log.js';
import type { AccountService } from './account.service.js';
import { identityOf, parseExternalId, parseRole } from './aws-identity.inputs.js';
import type { Organization } from './organization.entity.js';
import type { ConnectOrganizationInput } from './organization.inputs.js';
import * as store from './organization.store.js';
import { describeOrganization, listOrganization, listPage } from './organization-accounts.js';

export interface OrganizationServiceDeps {
  readonly database: Database;
  readonly audit: AuditLog;
  readonly accounts: AccountService;
  readonly aws: AwsSessions;
  readonly log: Logger;
  /** Called after a commit that left a connection due. */
  readonly onDue: () => Promise<void>;
}

const mostOrganizations = 20;
/** How long a new account, or a closed one, may go unseen. */
const everySeconds = 3600;
const afterFailureSeconds = 600;
const checkTimeoutMs = 30_000;

export class OrganizationService {
  constructor(private readonly deps: OrganizationServiceDeps) {}

  /** An organisation is of those who see every account: whatever it names becomes one. */
  async list(scope: AccountScope): Promise<Organization[]> {
    return scope.accountIds === null ? store.listOrganizations(this.deps.database) : [];
  }

  /** @throws FORBIDDEN for a token that does not cover every account */
  async connect(caller: Caller, input: ConnectOrganizationInput): Promise<Organization> {
    requireEveryAccount(caller.accounts);
    const settings = parseConnection(input, caller.accounts);
    const { externalId, viaExternalId, memberExternalId, ...details } = settings;
    const organization = await this.deps.database.transaction(async (sql) => {
      if ((await store.listOrganizations(sql)).length >= mostOrganizations) {
        throw conflict(`${mostOrganizations} organisations are connected, which is the most; disconnect one first`);
      }
      const id = await store.insertOrganization(sql, settings);
      const entry = { action: 'connectOrganization', target: id, accountIds: null, details };
      await this.deps.audit.record(caller, entry, sql);
      return (await store.findOrganization(sql, id)) as Organization;
    });
    await this.deps.onDue();
    return organization;
  }

  /** Its accounts stay. @returns the connection as it was */
  async disconnect(caller: Caller, id: string): Promise<Organization> {
    return this.deps.database.transaction(async (sql) => {
      const organization = await this.require(caller.accounts, id);
      await store.deleteOrganization(sql, id);
      const entry = { action: 'disconnectOrganization', target: id, accountIds: null };
      await this.deps.audit.record(caller, entry, sql);
      return organization;
    });
  }

  /** Asks every organisation that is due, as long as the signal lets it. What fails is written on it. */
  async refreshDue(signal: AbortSignal): Promise<void> {
    for (const id of await store.takeDue(this.deps.database, afterFailureSeconds)) {
      if (signal.aborted) return;
      await this.refresh(id, signal);
    }
  }

  /** Tries the calls that a refresh makes. @throws NOT_FOUND out of reach */
  async check(caller: Caller, id: string): Promise<CheckResult> {
    const organization = await this.require(caller.accounts, id);
    const identity = identityOf(organization);
    const signal = AbortSignal.timeout(checkTimeoutMs);
    const client = this.deps.aws.organizations(identity);
    const step = (call: string, run: () => Promise<unknown>): CheckStep => ({
      call,
      resource: '*',
      statement: (denial) => allow(denial.action, '*'),
      run: async () => {
        await run();
        return null;
      },
    });
    const checks = await runSteps([
      ...roleSteps(identity, (asked) => this.deps.aws.assume(asked)),
      step('organizations:DescribeOrganization', () => describeOrganization(client, signal)),
      step('organizations:ListAccounts', () => listPage(client, undefined, signal)),
    ]);
    return { ok: checks.every(({ ok }) => ok !== false), checks };
  }

  private async refresh(id: string, signal: AbortSignal): Promise<void> {
    const { database, aws, accounts, log } = this.deps;
    const organization = await store.findOrganization(database, id);
    if (organization === null) return;
    try {
      const listed = await listOrganization(aws.organizations(identityOf(organization)), signal);
      const changed = await database.transaction((sql) => store.writeOrganization(sql, id, listed, everySeconds));
      log.info({ organizationId: listed.organizationId, accounts: listed.accounts.length }, 'organisation refreshed');
      for (const accountId of changed) await accounts.changed(accountId);
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ ...failureFields(error), organization: id }, 'the accounts of an organisation could not be listed');
      await store.recordFailure(database, id, storedReason(error));
    }
  }

  private async require(scope: AccountScope, id: string): Promise<Organization> {
    const found = scope.accountIds === null && isUuid(id) ? await store.findOrganization(this.deps.database, id) : null;
    if (found === null) throw notFound(`organisation ${id}`);
    return found;
  }
}

function requireEveryAccount(scope: AccountScope): void {
  if (scope.accountIds === null) return;
  throw new CrosstrailError('FORBIDDEN', 'connecting an organisation takes a token for every account');
}

function parseConnection(input: ConnectOrganizationInput, scope: AccountScope): store.OrganizationSettings {
  const memberRoleName = input.memberRoleName ?? null;
  // IAM's rules for paths and names of roles.
  if (memberRoleName !== null && !/^(?=.{1,512}$)([\w+=,.@-]+\/)*[\w+=,.@-]{1,64}$/.test(memberRoleName)) {
    throw badInput('input.memberRoleName', 'is no name of an IAM role, such as crosstrail or security/crosstrail');
  }
  const viaRoleArn = parseRole('input.viaRoleArn', input.viaRoleArn ?? null, scope);
  const roleArn = parseRole('input.roleArn', input.roleArn ?? null, scope);
  if (viaRoleArn !== null && roleArn === null && memberRoleName === null) {
    throw badInput('input.viaRoleArn', 'leads to no role: name roleArn or memberRoleName as well');
  }
  return {
    roleArn,
    viaRoleArn,
    memberRoleName,
    externalId: parseExternalId('input.externalId', input.externalId ?? null),
    viaExternalId: parseExternalId('input.viaExternalId', input.viaExternalId ?? null),
    memberExternalId: parseExternalId('input.memberExternalId', input.memberExternalId ?? null),
  };
}
