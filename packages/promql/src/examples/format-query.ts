// Parsing by itself: a query in its canonical form, or what is wrong with it, in Prometheus' words.
import { parse, ParseError, prettyPrint } from '@tsanos/promql';

export function formatQuery(query: string): string {
  try {
    return prettyPrint(parse(query));
  } catch (error) {
    if (error instanceof ParseError) return error.message;
    throw error;
  }
}
