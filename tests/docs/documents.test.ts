// What the documents name exists: files, commands, experiments, load tests.

import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { sections } from '../../services/bench/src/plan.ts';
import { experiments } from '../../services/lab/src/experiments/all-experiments.ts';
import { findScript } from '../../services/lab/src/k6/scripts.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const foreign = new Set(['node_modules', '.cache', '.git']);
const paths: string[] = [];
for await (const path of glob('**/*.md', { cwd: root, exclude: (name) => foreign.has(name) }))
  paths.push(path);
const documents = await Promise.all(
  paths.sort().map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })),
);

/** All that the pattern's first group finds, as `document: text`. */
function found(pattern: RegExp): { readonly document: string; readonly word: string }[] {
  return documents.flatMap(({ path, text }) =>
    Array.from(text.matchAll(pattern), ([, word = '']) => ({ document: path, word })),
  );
}

/** Takes `*` in a path for any name. */
async function exists(path: string): Promise<boolean> {
  for await (const _ of glob(path, { cwd: root })) return true;
  return false;
}

test('there are documents to look at', () => {
  expect(paths).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/production.md']));
});

test('every relative link leads to a file or folder, and to a heading where it names one', async () => {
  const dead = [];
  for (const { document, word } of found(/\]\((?!https?:)([^)\s]+)/g)) {
    const [path = '', heading] = word.split('#');
    const target = path === '' ? document : join(dirname(document), path);
    if (!(await exists(target)) || (heading !== undefined && !headingsOf(target).includes(heading))) {
      dead.push(`${document}: ${word}`);
    }
  }
  expect(dead).toEqual([]);
});

/** As GitHub names them in links. */
function headingsOf(path: string): string[] {
  const text = documents.find((document) => document.path === path)?.text ?? '';
  return Array.from(text.matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
}

test('every path of this project that is named exists', async () => {
  const dead = [];
  for (const { document, word } of found(
    /(?<![\w/.-])((?:services|infra|loadtest|tests|docs|\.ci|\.github)\/[\w./*-]*[\w*])/g,
  )) {
    if (!(await exists(word))) dead.push(`${document}: ${word}`);
  }
  expect(dead).toEqual([]);
});

test('every command that is named exists, with its experiments, load tests and sections', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const names = new Set(experiments.map(({ name }) => name));
  const unknown = [
    ...found(/npm run ([\w:-]+)/g).filter(({ word }) => !(word in scripts)),
    ...found(/(?<!bench -- )--only ([\w,-]+)/g).filter(
      ({ word }) => !word.split(',').every((name) => names.has(name)),
    ),
    ...found(/bench -- --only ([\w,-]+)/g).filter(
      ({ word }) => !word.split(',').every((name) => sections.some((section) => section === name)),
    ),
    ...found(/npm run load -- ([\w][\w-]*)/g).filter(({ word }) => findScript(word) === undefined),
  ];
  expect(unknown).toEqual([]);
});
