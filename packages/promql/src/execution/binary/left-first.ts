import type { BinaryNode, Frame } from '../../plan/nodes.ts';
import type { Query } from '../query.ts';

/**
 * Reads the right side before the left one streams. When it fails, the left side is evaluated for its own error, which
 * Prometheus, evaluating the left side first, would have told.
 */
export async function afterLeft<R>(
  query: Query,
  node: BinaryNode,
  frame: Frame,
  readRight: () => Promise<R>,
): Promise<R> {
  try {
    return await readRight();
  } catch (error) {
    const left = query.rows(node.lhs, frame)[Symbol.asyncIterator]();
    while ((await left.next()).done !== true);
    throw error;
  }
}
