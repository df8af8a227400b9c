// Every code block of every document is run by a test, or says above it why not; and what it says is true.

import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { documents, root } from './documents.ts';
import { commandsIn } from './runner/commands.ts';
import { shells, stepsOf } from './runner/steps.ts';

const read = documents.map((document) => ({ path: document.path, steps: stepsOf(document) }));
const notRun = read.flatMap(({ path, steps }) =>
  steps.flatMap((step) => (step.kind === 'not run' ? [{ at: `${path}:${step.line}`, ...step }] : [])),
);
const ciLines = (await readFile(join(root, '.ci/run'), 'utf8')).split('\n').map((line) => line.trim());

/** The documents that a test follows. */
async function followed(): Promise<string[]> {
  const names = [];
  for await (const file of glob('tests/docs/{on-processes,in-containers}/*.test.ts', { cwd: root })) {
    const text = await readFile(join(root, file), 'utf8');
    names.push(...Array.from(text.matchAll(/testDocument\('(.+?)'\)/g), ([, name = '']) => name));
  }
  return names;
}

test('a document with commands to be run has one test that follows it, and each such test has commands to run', async () => {
  const withCommands = read.filter(({ steps }) => steps.some(({ kind }) => kind !== 'not run'));
  expect((await followed()).sort()).toEqual(withCommands.map(({ path }) => path).sort());
});

test('what is not run is listed, each with a reason', () => {
  const list = notRun.map(({ at, text, reason }) => `${at}  ${text.split('\n')[0]}\n    ${reason}`);
  console.log(`Not run of the documents:\n${list.join('\n')}`);
  expect(notRun.filter(({ reason }) => !reason.includes(' '))).toEqual([]);
});

test('what .ci/run is said to run, it runs: the command itself, or the one that the reason names', () => {
  const untrue = notRun.filter((step) => {
    const { reason } = step;
    if (!reason.includes('.ci/run')) return false;
    const named = Array.from(reason.matchAll(/`(npm [^`]+)`/g), ([, command = '']) => command);
    return !(named.length > 0 ? named : wordsOf(step)).every((command) =>
      ciLines.some((line) => line === command || line.endsWith(`=true ${command}`)),
    );
  });
  expect(untrue).toEqual([]);
});

test('what a test is said to run has the words of that test: each test that is named knows what the command is about', async () => {
  const untrue = [];
  for (const step of notRun) {
    for (const [file] of step.reason.matchAll(/tests\/[\w./-]+\.test\.ts/g)) {
      const source = await readFile(join(root, file), 'utf8').catch(() => '');
      const subjects = wordsOf(step).map(subjectOf);
      if (!subjects.every((subject) => source.includes(subject)))
        untrue.push(`${step.at}: ${file} has not ${subjects}`);
    }
  }
  expect(untrue).toEqual([]);
});

test('what another document is said to run stands there, and is run there', () => {
  const untrue = notRun.filter((step) => {
    const others = read.filter(({ path }) => step.reason.includes(path) && !step.at.startsWith(`${path}:`));
    const run = others.map(({ steps }) =>
      steps.flatMap((other) => (other.kind === 'command' ? wordsOf(other) : [])),
    );
    return run.some((words) => !wordsOf(step).every((word) => words.includes(word)));
  });
  expect(untrue).toEqual([]);
});

/** The commands of a step; a block of another language has none. */
function wordsOf({ language = 'sh', text }: { language?: string; text: string }): string[] {
  return shells.includes(language) ? commandsIn(text, 1).map(({ words }) => words) : [];
}

/** The first thing that a command is about: an argument of the project's commands, else the program's first argument. */
function subjectOf(command: string): string {
  const [, args = command] = /^npm (?:run [\w:-]+|test) -- (.*)$/.exec(command) ?? [];
  return args.split(' ').find((word) => !/^-|^[A-Z_]+=|^(npm|node|install|run)$/.test(word)) ?? command;
}
