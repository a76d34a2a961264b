/**
 * One role of the house. The constructor takes `(options, modules)` and does no I/O; a `Group` starts components in order
 * and stops them in reverse under one deadline.
 */
export interface Component {
  /** As Thanos names it: `sidecar`, `store`, `query`, … */
  readonly name: string;
  /**
   * Begins to work and resolves once it has started; work that goes on later runs until `stop()` or `signal`. Rejecting
   * stops the group.
   */
  start(signal: AbortSignal): Promise<void>;
  /** What it still waits for; undefined = ready. Cheap, called by `/-/ready`. */
  notReady(): string | undefined;
  /** Ends all it started, idempotent; open requests get until the deadline of `signal`. */
  stop(signal: AbortSignal): Promise<void>;
}
