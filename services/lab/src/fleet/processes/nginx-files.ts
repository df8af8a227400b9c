// The folder that nginx runs in, laid out as /etc/nginx is in the container: `site` is infra/nginx as it is, `conf.d`
// what depends on the fleet. So both run from the same files.

import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClientLimits, FleetError, type Strategy } from '../fleet.ts';
import { settingsOf } from '../laboratory-settings.ts';

const site = fileURLToPath(new URL('../../../../../infra/nginx', import.meta.url));
const composeFile = fileURLToPath(new URL('../../../../../docker-compose.yml', import.meta.url));

interface NginxOptions {
  readonly port: number;
  readonly strategy: Strategy;
  readonly stickyByMap: boolean;
  readonly clientLimits: ClientLimits;
}

/** Writes all that does not change with the instances. @returns the path of the main file in the folder. */
export async function writeNginxFiles(
  folder: string,
  { port, strategy, stickyByMap, clientLimits }: NginxOptions,
): Promise<string> {
  await Promise.all([cp(site, join(folder, 'site'), { recursive: true }), mkdir(join(folder, 'conf.d'))]);
  const values = {
    ...(await composeDefaults()),
    ...settingsOf('nginx', 'processes', clientLimits),
    // An older nginx does not know the directive in strategies/sticky.conf.
    SESSION_STRATEGY: stickyByMap ? 'none' : strategy,
  };
  await writeConfD(folder, {
    'access-log.conf': await fill('access-log.conf', values),
    'client-rate.conf': await fill('client-rate.conf', values),
    'client-limits.conf': await fill('client-limits.conf', values),
    'strategy.conf': await fill('strategy.conf', values),
    'listen.conf': `listen 127.0.0.1:${port};\n`,
    'sticky-location.conf': stickyByMap ? 'include sticky-by-map/server.conf;\n' : '',
  });
  return 'site/processes/nginx.conf';
}

/** Writes files of conf.d, by their names. nginx looks at them when it starts and when it is reloaded. */
export async function writeConfD(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  await Promise.all(
    Object.entries(files).map(async ([name, text]) => {
      const path = join(folder, 'conf.d', name);
      // Never a half-written file, whenever nginx may look.
      await writeFile(`${path}.new`, text);
      await rename(`${path}.new`, path);
    }),
  );
}

/** What docker-compose.yml sets where the shell says nothing: `${NAME:-default}`. */
async function composeDefaults(): Promise<Record<string, string>> {
  const text = await readFile(composeFile, 'utf8');
  return Object.fromEntries(
    [...text.matchAll(/\$\{(\w+):-([^}]*)\}/g)].map(([, name, value]) => [name, value]),
  );
}

/** As envsubst does in the container. */
async function fill(name: string, values: Readonly<Record<string, string>>): Promise<string> {
  const template = await readFile(join(site, 'templates', `${name}.template`), 'utf8');
  return template.replaceAll(/\$\{(\w+)\}/g, (_, variable: string) => {
    const value = values[variable];
    if (value === undefined) throw new FleetError(`${name}.template asks for an unknown ${variable}`);
    return value;
  });
}
