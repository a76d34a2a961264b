import type { BuildInfo } from '@tsanos/runtime';
import manifest from '../package.json' with { type: 'json' };

/** What this build is. Revision and branch come from the environment of the build, as the image sets them. */
export function buildInfo(): BuildInfo {
  return {
    version: manifest.version,
    revision: process.env['TSANOS_REVISION'] ?? '',
    branch: process.env['TSANOS_BRANCH'] ?? '',
  };
}

/** What `--version` prints, in the form of Prometheus' programs. */
export function versionText(name: string): string {
  const { version, revision, branch } = buildInfo();
  return [
    `${name}, version ${version} (branch: ${branch}, revision: ${revision})`,
    '  build user:       ',
    '  build date:       ',
    `  node version:     ${process.versions.node}`,
    `  platform:         ${process.platform}/${process.arch}`,
    '  tags:             tsanos',
    '',
  ].join('\n');
}
