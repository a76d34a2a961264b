import type { HttpRoute } from './types.ts';

/** Knows which methods a path has, to tell "no such path" from "not by this method". */
export class RouteList {
  readonly #routes: { pattern: RegExp; methods: readonly string[] }[] = [];

  add(route: HttpRoute): void {
    const source = route.path
      .split('/')
      .map((part) =>
        part.startsWith(':') ? '[^/]+' : part === '*' ? '.*' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'),
      )
      .join('/');
    this.#routes.push({ pattern: new RegExp(`^${source}$`), methods: route.methods });
  }

  /** Methods that any route has for this path. */
  methodsOf(path: string): string[] {
    const methods = new Set<string>();
    for (const route of this.#routes) {
      if (route.pattern.test(path)) for (const method of route.methods) methods.add(method);
    }
    return [...methods];
  }
}
