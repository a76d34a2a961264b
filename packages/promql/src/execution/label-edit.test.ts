import { encodeLabels, Labels } from '@tsanos/model';
import { expect, it } from 'vitest';
import { withoutName } from './label-edit.ts';

it('leaves the bytes it is given as they are, also those of a Buffer', () => {
  const bytes = Buffer.from(encodeLabels(Labels.from({ __name__: 'up', job: 'web', replica: 'a' })));
  const before = bytes.toString('hex');
  const edited = withoutName(bytes);
  expect(Buffer.from(edited).toString('hex')).toBe(
    Buffer.from(encodeLabels(Labels.from({ job: 'web', replica: 'a' }))).toString('hex'),
  );
  expect(bytes.toString('hex')).toBe(before);
});
