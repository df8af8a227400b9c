// The project's commands in tables, in running text and in blocks that are not run: the command exists and takes these words.

import { execFile } from 'node:child_process';
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { readBenchOptions } from '../../services/bench/src/bench-options.ts';
import { groups } from '../../services/lab/setup/mutation/groups.ts';
import { readDemoOptions } from '../../services/lab/src/commands/demo-options.ts';
import { readLoadOptions } from '../../services/lab/src/commands/load-options.ts';
import { readStartOptions } from '../../services/lab/src/commands/start-options.ts';
import { readScaleOptions } from '../../services/scale/src/scale-options.ts';
import { documents, root } from './documents.ts';
import { commandsNamed, wordsIn } from './runner/named-commands.ts';

const scripts: Readonly<Record<string, string>> = JSON.parse(
  await readFile(join(root, 'package.json'), 'utf8'),
).scripts;

const operator = join(root, 'services/app/src/operator.ts');
const { stdout: operatorHelp } = await promisify(execFile)(process.execPath, [operator, '--help']);

/** How the commands themselves read their words; each throws for what it does not take. */
const readers: Readonly<Record<string, (words: readonly string[]) => unknown>> = {
  bench: readBenchOptions,
  demo: readDemoOptions,
  load: readLoadOptions,
  scale: readScaleOptions,
  start: readStartOptions,
  mutation: (words) => {
    const known = groups.flatMap(({ sources }) => sources);
    for (const word of words) if (!known.includes(word)) throw new Error(`no mutants are made in ${word}`);
  },
  sessions: async ([command = '', ...words]) => {
    if (command === '--help') return;
    const takes = words[0]?.startsWith('--') ? words[0] : 'USERNAME';
    if (!operatorHelp.includes(`  ${command} ${takes} `))
      throw new Error(`its help has no ${command} ${takes}`);
  },
  test: readTestWords,
  'test:full': readTestWords,
};

/** Paths of tests exist, and the words of `-t` are in a name of one of them. */
async function readTestWords(words: readonly string[]): Promise<void> {
  const at = words.indexOf('-t');
  const paths = words.slice(0, at === -1 ? undefined : at);
  let text = '';
  for (const path of paths) {
    const before = text.length;
    for await (const file of glob([path, `${path}/**/*.test.ts`], { cwd: root })) {
      if (file.endsWith('.test.ts')) text += await readFile(join(root, file), 'utf8');
    }
    if (text.length === before) throw new Error(`no tests are in ${path}`);
  }
  const name = words[at + 1] ?? '';
  if (at !== -1 && !text.includes(name)) throw new Error(`no test in ${paths} is named "${name}"`);
}

/** Other programs: each option stands in the source. */
async function readByOther(script: string, words: readonly string[]): Promise<void> {
  const [, program = ''] = /run\.mjs (\S+)/.exec(scripts[script] ?? '') ?? [];
  const source = await readFile(join(root, program), 'utf8');
  for (const word of words) {
    const isKnown = source.includes(`'${word.replace(/^--/, '')}'`) || source.includes(`${word} `);
    if (word.startsWith('--') && !isKnown) throw new Error(`${program} knows no ${word}`);
  }
}

/** @throws when the script does not exist, or does not take the words */
async function read(command: string): Promise<void> {
  const [, npmScript, plain, rest = ''] =
    /^npm (?:run ([\w:-]+)|(test|start))(?: -- (.*))?$/.exec(command) ?? [];
  const script = npmScript ?? plain ?? '';
  if (!(script in scripts)) throw new Error('there is no such script');
  const words = wordsIn(rest);
  if (words.length === 0) return;
  const reader = readers[script] ?? ((given) => readByOther(script, given));
  await reader(words);
}

async function refusal(command: string): Promise<string | undefined> {
  try {
    await read(command);
    return undefined;
  } catch (error) {
    return `${command}: ${Object(error).message}`;
  }
}

const named = documents.flatMap(({ path, text }) =>
  commandsNamed(text, /^npm (run|test|start)\b/).map((command) => ({ path, command })),
);

test('there are commands to look at', () => {
  expect(named.length).toBeGreaterThan(50);
});

test('every command of the project that a document names exists, and takes what is written after it', async () => {
  const refused = [];
  for (const { path, command } of named) {
    const why = await refusal(command);
    if (why !== undefined) refused.push(`${path}: ${why}`);
  }
  expect(refused).toEqual([]);
});

test('every program of infra that is named knows the words after it', async () => {
  const refused = [];
  for (const { path, text } of documents) {
    for (const command of commandsNamed(text, /^infra\/[\w/-]+\b/)) {
      const [program = '', ...words] = wordsIn(command);
      const source = await readFile(join(root, program), 'utf8').catch(() => '');
      // What has a slash is a file or folder of the reader's, what has a colon an image.
      const known = words.filter((word) => !/[/:]/.test(word));
      if (source === '' || !known.every((word) => source.includes(word))) refused.push(`${path}: ${command}`);
    }
  }
  expect(refused).toEqual([]);
});

describe('A command is refused', () => {
  test.each([
    ['npm run lod -- 01-smoke', 'there is no such script'],
    ['npm run load -- 01-smok', 'There is no script 01-smok'],
    ['npm run load -- 01-smoke --durations 3s', "Unknown option '--durations'"],
    ['npm run demo -- --only scale-inn', '--only takes'],
    ['npm start -- --instance 3', "Unknown option '--instance'"],
    ['npm run bench -- --only replica', '--only takes'],
    ['npm run mutation -- merged', 'no mutants are made in merged'],
    ['npm run sessions -- end ada', 'its help has no end USERNAME'],
    ['npm run sessions -- end-sessions --everybody', 'its help has no end-sessions --everybody'],
    ['npm test -- tests/app/carts', 'no tests are in tests/app/carts'],
    ["npm test -- tests/app/cart -t 'no such name'", 'is named "no such name"'],
    ['npm run demo:under-load -- --run 3', 'knows no --run'],
  ])('%s', async (command, why) => {
    expect(await refusal(command)).toContain(why);
  });
});
