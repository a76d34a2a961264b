import { createMatcher, type Matcher } from '@tsanos/model';
import type { FetchSettings } from '../api/tasks.ts';

/** What every selector must match besides, where tenancy is enforced: a selector on another tenant finds nothing. */
export function tenantMatchers(task: FetchSettings): Matcher[] {
  return task.tenantLabel === undefined ? [] : [createMatcher('=', task.tenantLabel, task.tenant)];
}
