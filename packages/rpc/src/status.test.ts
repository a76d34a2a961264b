import { TsanosError } from '@tsanos/bytes';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress, RpcError, Status, statusName, toRpcError } from './index.ts';
import { decodeStatusMessage, encodeStatusMessage } from './status.ts';
import { formatGrpcTimeout, parseGrpcTimeout } from './timeout.ts';

describe('status', () => {
  test('messages survive the header', () => {
    for (const text of ['', 'plain', 'a % b', 'zeile\nzwei', 'ü 😀 %41', '%']) {
      expect(encodeStatusMessage(text)).toMatch(/^[ -~]*$/);
      expect(decodeStatusMessage(encodeStatusMessage(text))).toBe(text);
    }
    expect(encodeStatusMessage('a%b\n')).toBe('a%25b%0A');
    expect(decodeStatusMessage('broken %zz %4')).toBe('broken %zz %4');
  });

  test('names, codes and kinds', () => {
    expect([statusName(8), statusName(422)]).toEqual(['ResourceExhausted', 'Code(422)']);
    expect(new RpcError(Status.RESOURCE_EXHAUSTED, 'x')).toMatchObject({
      kind: 'limit',
      code: 'grpc-resource-exhausted',
    });
    expect(new RpcError(422, 'x')).toMatchObject({ kind: 'internal', code: 'grpc-code-422' });
    expect(toRpcError(new TsanosError('bad-input', 'c', 'm'))).toMatchObject({
      status: Status.INVALID_ARGUMENT,
      message: 'm',
    });
    const crossed = new TsanosError('internal', 'grpc-aborted', 'm', { status: 10 });
    expect(toRpcError(crossed)).toMatchObject({ status: Status.ABORTED, message: 'm' });
    expect(toRpcError('text')).toMatchObject({ status: Status.INTERNAL, message: 'text' });
  });

  test('timeouts', () => {
    expect(['1S', '100m', '5u', '2H', '3M', '7n'].map(parseGrpcTimeout)).toEqual([
      1000, 100, 0.005, 7_200_000, 180_000, 7e-6,
    ]);
    expect(['', '1', 'm', '123456789m', '-1m'].map(parseGrpcTimeout)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    for (const ms of [0.5, 1, 150, 99_998, 1e6, 1e9, 1e12]) {
      const back = parseGrpcTimeout(formatGrpcTimeout(ms)) ?? 0;
      expect(back).toBeGreaterThanOrEqual(ms);
      expect(back).toBeLessThan(ms * 1.01 + 3_600_000 * Number(ms > 1e11));
    }
  });

  test('addresses', () => {
    expect([':10901', '[::1]:0', 'a.b:1', '0.0.0.0:10901'].map(parseAddress)).toEqual([
      { host: '', port: 10901 },
      { host: '::1', port: 0 },
      { host: 'a.b', port: 1 },
      { host: '0.0.0.0', port: 10901 },
    ]);
    for (const bad of ['10901', 'a:b', 'a:70000', '::1:5'])
      expect(() => parseAddress(bad)).toThrow('not of the form host:port');
    expect(formatAddress('::1', 5)).toBe('[::1]:5');
  });
});
