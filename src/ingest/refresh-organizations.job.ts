import type { OrganizationService } from '../accounts/organization.service.js';
import type { JobDefinition } from '../platform/queue/queue.js';

/** Hint that an organisation may be due to be asked for its accounts. */
export const refreshOrganizationsJob = { name: 'refresh-organizations' };

/** Looks often, since it costs one statement; each organisation is asked once an hour, by one process. */
export function createRefreshOrganizationsJob(organizations: OrganizationService): JobDefinition<object> {
  return {
    ...refreshOrganizationsJob,
    concurrency: 1,
    everySeconds: 300,
    async handle(_data, { signal }) {
      await organizations.refreshDue(signal);
    },
  };
}
