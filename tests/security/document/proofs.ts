// Which tests prove which requirement: found in the sources of the tests, so that nothing else has to be kept in step.

import { glob, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { chapters } from '../requirements/all-requirements.ts';
import { isMet, type OtherTest, type RequirementId } from '../requirements/declaration.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

interface SourceFile {
  /** From the project's folder. */
  readonly path: string;
  readonly text: string;
}

export async function testSources(): Promise<SourceFile[]> {
  const paths: string[] = [];
  for await (const path of glob('tests/**/*.test.ts', { cwd: root })) {
    // Its calls are examples in texts.
    if (!path.endsWith('security/requirements.test.ts')) paths.push(path);
  }
  return Promise.all(paths.sort().map(async (path) => ({ path, text: await readFile(root + path, 'utf8') })));
}

const text = String.raw`'((?:[^'\\\n]|\\.)*)'|"([^"\n]*)"`;
const requirementCall = new RegExp(String.raw`\brequirement\(\s*(?:${text}),\s*(?:${text})`, 'g');
const skipped = /\b(?:x(?:it|test|describe)|(?:it|test|describe)\.(?:skip|todo|failing|only))\b/;

/**
 * The tests of each requirement.
 * @throws when a test is for a requirement that is not declared as met, or a declaration names a test that is not there
 */
export function proofsIn(sources: readonly SourceFile[]): ReadonlyMap<RequirementId, readonly OtherTest[]> {
  const all = chapters().flatMap(({ requirements }) => requirements);
  const met = new Map(all.flatMap(({ id, declaration }) => (isMet(declaration) ? [[id, declaration]] : [])));
  const proofs = new Map<RequirementId, OtherTest[]>();
  const add = (id: RequirementId, proof: OtherTest) => proofs.set(id, [...(proofs.get(id) ?? []), proof]);
  for (const { path, text } of sources) {
    for (const [, id = '', , behaviour = '', quoted = ''] of text.matchAll(requirementCall)) {
      if (!met.has(id)) throw new Error(`${path} tests ${id}, which is not declared as met`);
      if (skipped.test(text)) throw new Error(`${path} proves ${id}: it must leave out none of its tests`);
      add(id, { file: path, test: behaviour || quoted });
    }
  }
  const otherTests = (id: RequirementId) =>
    (met.get(id)?.provenBy ?? []).filter((proof) => typeof proof !== 'string');
  for (const id of met.keys()) {
    for (const { file, test } of otherTests(id)) {
      const isThere = sources.some(({ path, text }) => path === file && text.includes(`'${test}'`));
      if (!isThere) throw new Error(`${id}: there is no test '${test}' in ${file}`);
      add(id, { file, test });
    }
  }
  // What is a test's own proof counts for another requirement, what is one by reference does not: no circles.
  const own = new Map(proofs);
  for (const [id, { provenBy = [] }] of met) {
    for (const other of provenBy) {
      if (typeof other === 'string') for (const proof of own.get(other) ?? []) add(id, proof);
    }
  }
  return proofs;
}
