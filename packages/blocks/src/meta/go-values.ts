import { isUlid } from '@tsanos/bytes';
import { goText } from '../go-json/decode.ts';
import { jsonError } from '../go-json/syntax-tree.ts';

/** The ULID of absent ids. */
export const ZERO_ULID = '0'.repeat(26);
/** Go's zero time: unknown. */
export const ZERO_TIME = '0001-01-01T00:00:00Z';

/** ULIDs in upper case; what is no ULID is refused, since it would become a file name. */
export const goUlid = goText('ulid.ULID', ZERO_ULID, (text) => {
  if (text.length !== 26) throw jsonError('ulid: bad data size when unmarshaling');
  const ulid = text.toUpperCase();
  if (ulid[0] > '7') throw jsonError('ulid: overflow when unmarshaling');
  if (!isUlid(ulid)) throw jsonError('ulid: bad data characters when unmarshaling');
  return ulid;
});

const RFC3339 = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)$/;

/** A time of RFC 3339, kept as text with up to nine digits of a second; the form Go writes. */
export const goTime = goText('time.Time', ZERO_TIME, (text) => {
  const match = RFC3339.exec(text);
  if (match === null || Number.isNaN(Date.parse(`${match[1]}T${match[2]}${match[4]}`))) {
    const quoted = JSON.stringify(text);
    throw jsonError(`parsing time ${quoted} as "2006-01-02T15:04:05Z07:00": cannot parse ${quoted} as "2006"`);
  }
  const fraction = (match[3] ?? '').slice(0, 9).replace(/0+$/, '');
  const zone = /^[+-]00:00$/.test(match[4]) ? 'Z' : match[4];
  return `${match[1]}T${match[2]}${fraction === '' ? '' : `.${fraction}`}${zone}`;
});

/** ms of a time as it stands in meta.json; undefined for Go's zero time. */
export function timeMs(text: string): number | undefined {
  return text === ZERO_TIME ? undefined : Date.parse(text);
}

/** A time in ms as Go writes it. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z');
}
