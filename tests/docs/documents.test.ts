// What the documents name exists: files and folders, and the headings that links lead to.

import { glob } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { documents, root } from './documents.ts';

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
  expect(documents.map(({ path }) => path)).toEqual(
    expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/production.md']),
  );
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
