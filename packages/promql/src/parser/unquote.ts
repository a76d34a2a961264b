const SIMPLE: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
  "'": "'",
};

/**
 * The value of a string token that the lexer has accepted. Bytes written as `\xNN` or `\NNN` that do not form UTF-8
 * become U+DC00 + byte, so that nothing is lost and `goQuote` can print them.
 */
export function unquote(token: string): string {
  const quote = token[0];
  const body = token.slice(1, -1);
  if (quote === '`' || !body.includes('\\')) return body;
  let out = '';
  let bytes: number[] = [];
  const flush = (): void => {
    if (bytes.length > 0) out += decodeBytes(bytes);
    bytes = [];
  };
  for (let i = 0; i < body.length;) {
    if (body[i] !== '\\') {
      flush();
      out += body[i++];
      continue;
    }
    const kind = body[i + 1];
    const simple = SIMPLE[kind];
    if (simple !== undefined) {
      flush();
      out += simple;
      i += 2;
    } else if (kind === 'x') {
      bytes.push(Number.parseInt(body.slice(i + 2, i + 4), 16));
      i += 4;
    } else if (kind === 'u' || kind === 'U') {
      const digits = kind === 'u' ? 4 : 8;
      flush();
      out += String.fromCodePoint(Number.parseInt(body.slice(i + 2, i + 2 + digits), 16));
      i += 2 + digits;
    } else {
      bytes.push(Number.parseInt(body.slice(i + 1, i + 4), 8));
      i += 4;
    }
  }
  flush();
  return out;
}

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decodeBytes(bytes: readonly number[]): string {
  let out = '';
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes[i]);
    const part = tryDecode(bytes.slice(i, i + length));
    out += part ?? String.fromCharCode(bytes[i] < 0x80 ? bytes[i] : 0xdc00 + bytes[i]);
    i += part === undefined ? 1 : length;
  }
  return out;
}

function sequenceLength(first: number): number {
  if (first < 0x80) return 1;
  if (first < 0xe0) return 2;
  return first < 0xf0 ? 3 : 4;
}

function tryDecode(bytes: readonly number[]): string | undefined {
  try {
    return strictUtf8.decode(Uint8Array.from(bytes));
  } catch {
    return undefined;
  }
}
