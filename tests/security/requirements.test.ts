// The declarations, the tests and docs/security.md belong together: none of them says what the others do not.

import { readFile } from 'node:fs/promises';
import { expect, test } from '@jest/globals';
import { securityDocument, securityFile } from './document/document.ts';
import { proofsIn, testSources } from './document/proofs.ts';
import { chapters } from './requirements/all-requirements.ts';
import { isMet } from './requirements/declaration.ts';

const requirements = chapters().flatMap((chapter) => chapter.requirements);
const source = (text: string) => [{ path: 'tests/made-up.test.ts', text }];

test('docs/security.md says what the declarations and the tests say', async () => {
  const [written, made] = await Promise.all([readFile(securityFile, 'utf8'), securityDocument()]);
  if (written !== made) throw new Error('docs/security.md is out of date. Make it anew: npm run security');
});

test('every requirement that is declared as met has a test', async () => {
  const proofs = proofsIn(await testSources());
  const unproven = requirements.filter(({ id, declaration }) => isMet(declaration) && !proofs.has(id));
  expect(unproven.map(({ id }) => id)).toEqual([]);
});

test('a test for a requirement that is unknown, not met or does not apply is refused', () => {
  expect(() => proofsIn(source(`requirement('V7.9.9', 'x', async () => {})`))).toThrow('V7.9.9');
  expect(() => proofsIn(source(`requirement('V6.3.3', 'x', async () => {})`))).toThrow('not declared as met');
  expect(() => proofsIn(source(`requirement('V7.1.3', 'x', async () => {})`))).toThrow('not declared as met');
});

test('a test that is left out proves nothing', () => {
  const text = `describe.skip('', () => { requirement('V7.2.1', 'x', async () => {}); });`;
  expect(() => proofsIn(source(text))).toThrow('must leave out none');
});

test('a test proves its requirement, however its line is broken', async () => {
  const proof = `requirement(\n  'V7.2.1',\n  'says \\'no\\' to all',\n async () => {})`;
  const others = (await testSources()).filter(({ text }) => !text.includes(`'V7.2.1'`));
  expect(proofsIn([...others, ...source(proof)]).get('V7.2.1')).toEqual([
    { file: 'tests/made-up.test.ts', test: `says \\'no\\' to all` },
  ]);
});
