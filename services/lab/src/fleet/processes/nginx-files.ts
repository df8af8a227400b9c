import { copyFile, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SystemUser } from '../../supervision/unprivileged.ts';
import { FleetError, type Strategy } from '../fleet.ts';
import { routing, type Server } from './nginx-upstream.ts';

const templates = fileURLToPath(new URL('../../../../../infra/nginx/', import.meta.url));
const shared = ['access-log.conf', 'clients.conf', 'errors.conf', 'proxy.conf'];

/** Writes all that nginx reads, but for the upstream, into the folder that it is started in. */
export async function writeNginxFiles(
  folder: string,
  { port, user }: { port: number; user: SystemUser | undefined },
): Promise<void> {
  const template = await readFile(join(templates, 'nginx.conf.template'), 'utf8');
  const configuration = fill(template, {
    PORT: String(port),
    USER_LINE: user
      ? `user ${user.name} ${user.group};`
      : '# (not started as root: the workers run as the same user)',
  });
  await Promise.all([
    writeFile(join(folder, 'nginx.conf'), configuration),
    ...shared.map((name) => copyFile(join(templates, name), join(folder, name))),
  ]);
}

/** Writes which instances there are. nginx looks at it when it starts and when it is reloaded. */
export async function writeRouting(
  folder: string,
  strategy: Strategy,
  nginxVersion: string,
  servers: readonly Server[],
): Promise<void> {
  const { upstream, route } = routing(strategy, nginxVersion, servers);
  await Promise.all([
    replace(join(folder, 'upstream.conf'), upstream),
    replace(join(folder, 'route.conf'), route),
  ]);
}

/** Never a half-written file, whenever nginx may look. */
async function replace(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

function fill(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/^([^#\n]*)\$\{(\w+)\}/gm, (_, before: string, name: string) => {
    const value = values[name];
    if (value === undefined) throw new FleetError(`The template of nginx.conf asks for an unknown ${name}`);
    return before + value;
  });
}
