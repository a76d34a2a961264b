export interface Found {
  readonly prometheus: string;
  readonly promtool: string;
  readonly version: string;
}
export function findPrometheus(): Found | undefined;
export function fetchPrometheus(): Found | undefined;
