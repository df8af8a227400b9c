// The text of docs/settings.md. It reads the sources of all parts, those of the app too, which is why it stands among the
// programs of the whole project: the laboratory itself imports nothing of the app.

import { preparationSettings } from '../../../app/src/config.ts';
import { fleetKinds } from '../../src/fleet/fleet.ts';
import { laboratorySettings } from '../../src/fleet/laboratory-settings.ts';
import { commandSettings } from './command-settings.ts';
import { composeSettings, setByCompose } from './compose-settings.ts';
import { root } from './files.ts';
import type { FoundSetting } from './found-settings.ts';
import { type InstanceSetting, instanceSettings } from './instance-settings.ts';
import { loadSettings } from './load-settings.ts';

export const settingsFile = `${root}docs/settings.md`;

export async function settingsDocument(): Promise<string> {
  const [instance, preparation, compose, byCompose, load, commands] = await Promise.all([
    instanceSettings(),
    instanceSettings(preparationSettings),
    composeSettings(),
    setByCompose(),
    loadSettings(),
    commandSettings(),
  ]);
  return `# Settings

All are environment variables. This document is made from the sources by \`npm run settings\`; do not change it by hand.

## An instance

Read once at its start by [config.ts](../services/app/src/config.ts). A wrong one ends it with exit code 78 and a line
that says what was expected. An empty variable counts as not set. Where \`NAME_FILE\` is given, the file with that path
holds the value, as container secrets do; both at once are an error.

${table(['setting', 'meaning', 'accepts', 'default'], instance.map(instanceRow))}

The settings \`STORE_…\` are for the strategy \`redis\`; \`connect-redis\` is used as it comes.

## The preparation of Redis

Read by [prepare-redis.ts](../services/app/src/prepare-redis.ts), which \`REDIS_SCRIPTS=functions\` needs, once before
instances start.

${table(['setting', 'meaning', 'accepts', 'default'], preparation.map(instanceRow))}

## The deployment in containers

Read by \`docker compose\`, from the shell or from [.env](../.env), which holds the versions of the images.

${table(['setting', 'meaning', 'default'], compose.map(foundRow))}

On the instances [docker-compose.yml](../docker-compose.yml) itself sets:

${table(
  ['setting', 'value', 'why'],
  byCompose.map(({ name, value, reason }) => [`\`${name}\``, `\`${value}\``, reason]),
)}

Its secrets and addresses come from files: [production.md](production.md) says how to hand in your own.

## The load tests with k6

Read by the scripts in [loadtest](../loadtest). The thresholds stand in each script. k6's own variables (\`K6_…\`) hold as
well.

${table(
  ['setting', 'meaning', 'default', 'only for'],
  load.map((setting) => [...foundRow(setting), scriptsOf(setting)]),
)}

## The commands and the tests

Most of what they take are options: \`--help\` names them. Beside those:

${table(['setting', 'meaning', 'default'], commands.map(foundRow))}

## Where the laboratory differs

\`npm run demo\`, \`npm start\` and \`npm run load\` set these on the instances of their fleets, and on nginx, otherwise than the
defaults above and than docker-compose.yml:

${table(
  ['setting', 'value', 'fleets', 'why'],
  laboratorySettings.map(({ program, name, value, fleets = fleetKinds, reason }) => [
    `\`${name}\`${program === 'app' ? '' : ` of ${program}`}`,
    value === '' ? 'not set' : `\`${value}\``,
    fleets.join(', '),
    reason,
  ]),
)}

The secrets are made up for each fleet. An experiment can set more for its own fleet (\`initialFleet\` in its file in
[experiments](../services/lab/src/experiments)), and so can a load test (\`appSettings\` in
[scripts.ts](../services/lab/src/k6/scripts.ts)).
`;
}

function instanceRow(setting: InstanceSetting): string[] {
  const { name, fromFile, meaning, accepts, default: fallback } = setting;
  return [`\`${name}\`${fromFile ? `<br>or \`${name}_FILE\`` : ''}`, meaning, accepts, fallback];
}

function foundRow({ name, meaning, default: fallback }: FoundSetting): string[] {
  const [, before = meaning, said] = /^(.*?)\s*Default: (.*)\.$/.exec(meaning) ?? [];
  if (said !== undefined && fallback !== undefined) {
    throw new Error(`${name}: its meaning says "Default:", and its source has the default ${fallback}`);
  }
  return [`\`${name}\``, before, said ?? (fallback === undefined ? 'none' : `\`${fallback}\``)];
}

/** The scripts that alone read a setting; empty for one that lib/ reads for all. */
function scriptsOf({ paths }: FoundSetting): string {
  const names = paths.map((path) => path.replace(/^loadtest\/(.*)\.ts$/, '$1'));
  return names.some((name) => name.startsWith('lib/')) ? '' : names.map((name) => `\`${name}\``).join(', ');
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
