import { TsanosError } from '@tsanos/bytes';
import { decodeGoJson, goInt, goSlice, goStruct } from '../go-json/decode.ts';
import { encodeGoJson } from '../go-json/encode.ts';
import { goUlid } from '../meta/go-values.ts';
import { isMissing, type ShipperFiles } from './shipper-files.ts';

/** Default name of the state file in Prometheus' data folder. */
export const SHIPPER_STATE_FILE = 'thanos.shipper.json';

const type = goStruct<{ version: number; uploaded: string[] }>(
  'Meta',
  { version: { type: goInt }, uploaded: { type: goSlice(goUlid) } },
  'shipper.Meta',
);

/** ULIDs of blocks that need no upload any more, from `thanos.shipper.json`; undefined when there is no such file. The error texts are Thanos'. */
export async function readShipperState(files: ShipperFiles, path: string): Promise<string[] | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await files.read(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  let state;
  try {
    state = decodeGoJson(bytes, type, false);
  } catch (error) {
    const text = JSON.stringify(
      Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 4096)).toString('utf8'),
    );
    throw new TsanosError(
      'corrupt',
      'corrupt-shipper-state',
      `failed to parse ${path} as JSON: ${text}: ${(error as Error).message}`,
      { path },
      error,
    );
  }
  if (state.version !== 1)
    throw new TsanosError('unsupported', 'shipper-state-version', `unexpected meta file version ${state.version}`, {
      path,
    });
  return state.uploaded;
}

/** The state file's bytes as Thanos writes them. */
export function encodeShipperState(uploaded: readonly string[]): Uint8Array {
  return Buffer.from(`${encodeGoJson({ version: 1, uploaded: uploaded.length === 0 ? null : [...uploaded] }, '\t')}\n`);
}

/** Replaces the state file, all or nothing. */
export async function writeShipperState(files: ShipperFiles, path: string, uploaded: readonly string[]): Promise<void> {
  const temporary = `${path}.tmp`;
  await files.write(temporary, encodeShipperState(uploaded));
  await files.rename(temporary, path);
}
