// Each `docker compose …` that a document names, in its text too: Compose knows the command and its options, and the
// deployment has the services.

import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { documents, root } from '../documents.ts';
import { commandsNamed, wordsIn } from '../runner/named-commands.ts';

const run = promisify(execFile);
const helps = new Map<string, Promise<string>>();

/** @param command such as `up`; empty for the options that stand before it */
function helpOf(command: string): Promise<string> {
  const args = ['compose', ...(command === '' ? [] : [command]), '--help'];
  const help = helps.get(command) ?? run('docker', args, { timeout: 20_000 }).then(({ stdout }) => stdout);
  helps.set(command, help);
  return help;
}

const { services } = parse(await readFile(join(root, 'docker-compose.yml'), 'utf8'), { merge: true });

/** What is wrong with a command, if anything is. */
async function refusal(command: string): Promise<string | undefined> {
  const [, , ...words] = wordsIn(command);
  const takesValue = ['-f', '-p', '--file', '--profile', '--project-name', '--env-file'];
  let at = 0;
  while (words[at]?.startsWith('-')) at += takesValue.includes(words[at] ?? '') ? 2 : 1;
  const [name = ''] = words.slice(at);
  if (name === '') return undefined;
  const known = await helpOf('');
  if (!new RegExp(`^  ${name} `, 'm').test(known)) return `there is no docker compose ${name}`;
  const rest = words.slice(at + 1);
  // What stands after the service of `exec` and `run` is the container's.
  const service = rest.findIndex((word) => word in services);
  const own = ['exec', 'run'].includes(name) ? rest.slice(0, service) : rest;
  if (['exec', 'run'].includes(name) && service === -1) return 'it names no service';
  const texts = [known, await helpOf(name)];
  const options = [
    ...words.slice(0, at).map((word) => [word, texts[0]]),
    ...own.map((word) => [word, texts[1]]),
  ];
  for (const [word = '', help = ''] of options) {
    const [option = ''] = word.split('=');
    if (/^--?[a-z]/.test(option) && !new RegExp(`(^|[ ,])${option}[ ,]`, 'm').test(help))
      return `docker compose ${name} knows no ${option}`;
  }
  return undefined;
}

test('Compose takes every command of the documents', async () => {
  const named = documents.flatMap(({ path, text }) =>
    commandsNamed(text, /^docker compose /).map((command) => ({ path, command })),
  );
  expect(named.length).toBeGreaterThan(20);
  const refused = [];
  for (const { path, command } of named) {
    const why = await refusal(command);
    if (why !== undefined) refused.push(`${path}: ${command}: ${why}`);
  }
  expect(refused).toEqual([]);
});

test.each([
  ['docker compose upp --detach', 'there is no docker compose upp'],
  ['docker compose up --detached', 'docker compose up knows no --detached'],
  ['docker compose exec ap node', 'it names no service'],
  ['docker compose --detached up', 'docker compose up knows no --detached'],
])('%s is refused', async (command, why) => {
  expect(await refusal(command)).toBe(why);
});
