// `npm run check:dependencies`, on trees that are made up and on the project's own.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readAudit } from '../../../services/lab/setup/dependencies/audit.ts';
import {
  makeBillOfMaterials,
  missingIn,
  withPackageNames,
} from '../../../services/lab/setup/dependencies/bill-of-materials.ts';
import { scriptProblems } from '../../../services/lab/setup/dependencies/install-scripts.ts';
import { licenceProblems } from '../../../services/lab/setup/dependencies/licences.ts';
import { type Package, readPackages } from '../../../services/lab/setup/dependencies/packages.ts';
import { root } from '../../../services/lab/setup/settings/files.ts';

const sound: Package = {
  ...{ name: 'sound', version: '1.0.0', licence: 'MIT', installed: true },
  ...{ hasInstallScript: false, dev: false },
};

describe('a tree that is made up', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'test-dependencies-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** A lock file with these packages, and what is installed of them. */
  async function makeTree(packages: object, installed: Readonly<Record<string, object>> = {}): Promise<void> {
    const manifest = { name: 'made-up', version: '1.0.0', dependencies: { plain: '1.0.0' } };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    const lock = { ...manifest, lockfileVersion: 3, packages: { '': manifest, ...packages } };
    await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lock));
    for (const [path, content] of Object.entries(installed)) {
      await mkdir(join(folder, path), { recursive: true });
      await writeFile(join(folder, path, 'package.json'), JSON.stringify(content));
    }
  }

  test('is read from the lock file, and where that says no licence, from what is installed', async () => {
    await makeTree(
      {
        'node_modules/@scope/plain': { version: '1.0.0', license: 'MIT', hasInstallScript: true },
        'node_modules/plain/node_modules/inner': { version: '2.0.0', dev: true },
        'node_modules/old': { version: '3.0.0', devOptional: true },
        'node_modules/renamed': { name: 'original', version: '4.0.0', license: 'ISC' },
        'node_modules/workspace': { link: true },
        'services/workspace': { name: 'workspace', version: '1.0.0' },
      },
      {
        'node_modules/plain/node_modules/inner': { license: 'GPL-3.0-only' },
        'node_modules/old': { licenses: [{ type: 'MIT' }, { type: 'GPL-2.0' }] },
      },
    );
    expect(await readPackages(folder)).toEqual([
      { ...sound, name: '@scope/plain', hasInstallScript: true, installed: false },
      { ...sound, name: 'inner', version: '2.0.0', licence: 'GPL-3.0-only', dev: true },
      { ...sound, name: 'old', version: '3.0.0', licence: 'MIT OR GPL-2.0', dev: true },
      { ...sound, name: 'original', version: '4.0.0', licence: 'ISC', installed: false },
    ]);
  });

  test('is written down by npm with the names of its packages, and what is missing is an error', async () => {
    const plain = { name: 'plain', version: '1.0.0', license: 'MIT' };
    await makeTree({ 'node_modules/plain': plain }, { 'node_modules/plain': plain });
    const packages = await readPackages(folder);
    expect(await makeBillOfMaterials(folder, packages)).toBe('dist/sbom.json');
    const others = [...packages, { ...sound, name: 'forgotten' }];
    await expect(makeBillOfMaterials(folder, others)).rejects.toThrow('npm sbom left out: forgotten@1.0.0');
  });
});

describe('licences', () => {
  const problems = (licence: string | undefined, changes: Partial<Package> = {}) =>
    licenceProblems([{ ...sound, licence, ...changes }]);

  test.each(['MIT', 'Apache-2.0', '(MIT OR CC0-1.0)', 'GPL-3.0-only OR MIT', 'MIT AND ISC'])(
    'accepts %s',
    (licence) => expect(problems(licence)).toEqual([]),
  );

  test.each([
    'GPL-3.0-only',
    'MIT AND GPL-3.0-only',
    'UNLICENSED',
    'SEE LICENSE IN x',
    '((MIT) OR ISC)',
    'CC-BY-4.0',
  ])('refuses %s', (licence) =>
    expect(problems(licence)).toEqual([
      `sound@1.0.0 has the licence ${licence}, which is not in the list of allowed ones`,
    ]),
  );

  test('refuses none, where the package is installed', () => {
    expect(problems(undefined)).toEqual(['sound@1.0.0 has no licence']);
    expect(problems(undefined, { installed: false })).toEqual([]);
  });

  test('accepts an exception for its package and its licence alone', () => {
    expect(problems('CC-BY-4.0', { name: 'caniuse-lite' })).toEqual([]);
    expect(problems('GPL-3.0-only', { name: 'caniuse-lite' })).toHaveLength(1);
  });
});

describe('install scripts', () => {
  const script = { ...sound, name: 'builds', hasInstallScript: true, dev: true };

  test('have to be decided on, whichever way', () => {
    expect(scriptProblems([sound, script], {})).toEqual([
      expect.stringMatching(/^builds@1\.0\.0 has an install script: say in package\.json/),
    ]);
    for (const may of [true, false]) {
      expect(scriptProblems([sound, script], { allowScripts: { builds: may } })).toEqual([]);
    }
  });

  test('are not for what an instance needs, allowed or not', () => {
    expect(scriptProblems([{ ...script, dev: false }], { allowScripts: { builds: true } })).toEqual([
      'builds@1.0.0 has an install script, and an instance needs it',
    ]);
  });

  test('that are gone are not to be listed', () => {
    expect(scriptProblems([sound], { allowScripts: { builds: true } })).toEqual([
      'builds has no install script any more: take it out of allowScripts in package.json',
    ]);
  });
});

describe('npm audit', () => {
  test('names the packages that are vulnerable', () => {
    const via = { name: 'leaky', severity: 'high', range: '<2.0.0', via: [], effects: [] };
    expect(readAudit(JSON.stringify({ vulnerabilities: { leaky: via }, metadata: {} }))).toEqual({
      problems: ['leaky <2.0.0 has a known vulnerability (high): npm audit'],
    });
    expect(readAudit(JSON.stringify({ vulnerabilities: {} }))).toEqual({ problems: [] });
  });

  test('says why nothing is known where the registry does not answer', () => {
    expect(readAudit(JSON.stringify({ message: '405 Method Not Allowed', error: {} }))).toEqual({
      skipped: 'The registry does not answer npm audit: 405 Method Not Allowed.',
    });
    expect(readAudit('')).toEqual({ skipped: 'npm audit wrote nothing that can be read.' });
  });
});

test('a bill of materials calls workspaces by their names, not by their folders', () => {
  const part = { 'bom-ref': 'x', name: 'folder', version: '1.0.0', purl: 'pkg:npm/%40scope/name@1.0.0' };
  const bill = withPackageNames({
    ...{ bomFormat: 'CycloneDX', specVersion: '1.5' },
    ...{ metadata: { component: part }, components: [part] },
  });
  expect([bill.metadata.component.name, bill.components[0]?.name]).toEqual(['@scope/name', '@scope/name']);
  expect(missingIn(bill, [{ ...sound, name: '@scope/name' }, sound])).toEqual(['sound@1.0.0']);
});

test('the project’s own packages are as they should be', async () => {
  const packages = await readPackages(root);
  const { default: manifest } = await import('../../../package.json', { with: { type: 'json' } });
  expect(packages.length).toBeGreaterThan(100);
  expect([...licenceProblems(packages), ...scriptProblems(packages, manifest)]).toEqual([]);
});
