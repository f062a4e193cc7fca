import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { nodeBinary } from '../../../paths.ts';
import { gitOfBuilds } from '../git/smart-http.ts';
import { accessKeyOf } from '../role-caller.ts';

export interface EnvironmentParts {
  readonly directory: string;
  readonly frontDoorPort: number;
  readonly virtualEnvironment: string;
  /** Where unpacked images are kept for all builds. */
  readonly imageCache: string;
  readonly region: string;
  readonly serviceRole: string;
}

/**
 * What every command of a build finds: its own home, this machine's programs, and before them `docker` and `aws` of the local
 * cloud. Nothing of the environment of whoever started the cloud.
 */
export async function buildEnvironment(parts: EnvironmentParts): Promise<Record<string, string>> {
  const tools = join(parts.directory, 'bin');
  const home = join(parts.directory, 'home');
  const temporary = join(parts.directory, 'tmp');
  for (const directory of [tools, home, temporary]) await mkdir(directory, { recursive: true });
  const programs = {
    docker: [nodeBinary(), join(import.meta.dirname, '..', 'docker-cli', 'main.ts')],
    aws: [join(parts.virtualEnvironment, 'bin', 'python'), join(import.meta.dirname, '..', 'aws.py')],
  };
  for (const [name, command] of Object.entries(programs)) {
    const file = join(tools, name);
    await writeFile(file, `#!/bin/sh\nexec ${command.map((part) => `'${part}'`).join(' ')} "$@"\n`);
    await chmod(file, 0o755);
  }
  return {
    PATH: [tools, process.env.PATH ?? ''].join(delimiter),
    HOME: home,
    TMPDIR: temporary,
    LANG: 'C.UTF-8',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${parts.frontDoorPort}`,
    AWS_ACCESS_KEY_ID: accessKeyOf(parts.serviceRole),
    AWS_SECRET_ACCESS_KEY: 'role',
    AWS_REGION: parts.region,
    AWS_DEFAULT_REGION: parts.region,
    AWS_EC2_METADATA_DISABLED: 'true',
    GIT_HTTP_USER_AGENT: gitOfBuilds,
    GIT_TERMINAL_PROMPT: '0',
    SLIPWAY_IMAGE_CACHE: parts.imageCache,
  };
}
