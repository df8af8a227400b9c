// What is published: the tarballs, as `npm run pack:session-store` makes them.

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { publishedWorkspaces } from '../../services/packaging/build.ts';
import { publishedManifest } from '../../services/packaging/manifest.ts';
import { pack, type Tarball } from '../../services/packaging/pack.ts';

const root = join(import.meta.dirname, '..', '..');
const run = promisify(execFile);
const tarballs = new Map<string, Tarball>();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'packages-'));
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules')); // the peers
  for (const workspace of publishedWorkspaces)
    tarballs.set(workspace, await pack(workspace, join(folder, workspace)));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

function packed(workspace: string): Tarball {
  const tarball = tarballs.get(workspace);
  if (tarball === undefined) throw new Error(`${workspace} is not packed`);
  return tarball;
}

const manifestOf = async (workspace: string) =>
  JSON.parse(await readFile(join(folder, workspace, 'package.json'), 'utf8'));

describe.each(publishedWorkspaces)('The package made of %s', (workspace) => {
  test('holds these files', () => {
    expect(
      packed(workspace)
        .files.map(({ path }) => path)
        .sort(),
    ).toEqual(['LICENSE', 'README.md', 'index.d.ts', 'index.js', 'package.json']);
  });

  test('has a README without the comments that are this repository’s', async () => {
    const readme = await readFile(join(folder, workspace, 'README.md'), 'utf8');
    expect(readme).toMatch(/^# /);
    expect(readme).not.toContain('<!--');
  });

  test('is without fault for publint', async () => {
    const pkgDir = join(folder, workspace);
    const { messages } = await publint({ pkgDir, level: 'suggestion', strict: true, pack: false });
    const manifest = await manifestOf(workspace);
    expect(messages.map((message) => formatMessage(message, manifest, { color: false }))).toEqual([]);
  });

  test('has types for each way to resolve and import it', async () => {
    const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    // Exits with 1, and so rejects, where it finds a problem.
    const { stdout } = await run(process.execPath, [
      attw,
      packed(workspace).path,
      '--format',
      'ascii',
      '--no-emoji',
    ]);
    expect(stdout).toContain('No problems found');
  }, 60_000);

  test('declares nothing that is not there', async () => {
    const compilerOptions = {
      strict: true,
      noEmit: true,
      module: 'node16',
      target: 'es2022',
      types: ['node'],
    };
    const project = join(folder, workspace, 'tsconfig.json');
    await writeFile(project, JSON.stringify({ compilerOptions, files: ['index.d.ts'] }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const { stdout } = await run(process.execPath, [tsc, '--project', project, '--pretty', 'false']).catch(
      Object,
    );
    // Declarations of others are their authors' business.
    expect(
      stdout
        .split('\n')
        .filter((line: string) => /^\S*index\.d\.ts/.test(line) && !line.includes('node_modules')),
    ).toEqual([]);
  }, 60_000);

  test('depends on nothing but its peers and leaves out what only the workspace needs', async () => {
    const manifest = await manifestOf(workspace);
    expect(Object.keys(manifest).sort()).toEqual([
      'description',
      'engines',
      'exports',
      'files',
      'keywords',
      'license',
      'main',
      'name',
      'peerDependencies',
      'type',
      'types',
      'version',
    ]);
  });
});

describe('The store’s package', () => {
  // It was 16 kB before it kept users' lists and had scripts for them.
  test('is at most 20 kB', () => {
    expect(packed('session-store').size).toBeLessThanOrEqual(20_000);
  });

  test('has these peers', async () => {
    const { name, engines, peerDependencies } = await manifestOf('session-store');
    expect({ name, engines, peerDependencies }).toEqual({
      name: 'merging-redis-store',
      engines: { node: '>=20.12' },
      peerDependencies: { 'express-session': '^1.17.0', redis: '^5.0.0 || ^6.0.0' },
    });
  });

  test('exports these names, the same as the sources', async () => {
    const names = await namesToImport('session-store');
    expect(names).toEqual([
      'DamagedSession',
      'Deadlines',
      'InvalidLifetime',
      'InvalidSession',
      'MergeFailed',
      'MergingRedisStore',
      'SessionGone',
      'SessionRevoked',
      'SessionStoreError',
      'SessionStoreUnavailable',
      'SessionTooLarge',
      'TimeoutError',
      'addUp',
      'createSessionRedis',
      'hashedName',
      'loadFunctions',
      'newSessionId',
      'replaceSession',
      'sessionFunctions',
    ]);
    expect(names).toEqual(Object.keys(await import('merging-redis-store')).sort());
  });

  test('exports these types besides', async () => {
    expect(await exportedTypes('session-store')).toEqual([
      'Conflict',
      'ConnectionEvents',
      'FunctionLibrary',
      'MergingRedisStoreOptions',
      'OwnedSession',
      'OwnedSessions',
      'OwnersOption',
      'RedisAddress',
      'RedisClient',
      'RedisTls',
      'ReplaceSessionOptions',
      'ReplicatedWrite',
      'RequestSession',
      'Resolver',
      'ResolverFor',
      'Serializer',
      'SessionOwner',
      'SessionRedis',
      'SessionRedisConnection',
      'SessionStoreEvent',
      'StoreCall',
      'TtlOption',
      'UnavailableReason',
      'WaitForReplicas',
    ]);
  });
});

describe('The conformance suite’s package', () => {
  test('exports these names and types', async () => {
    expect(await namesToImport('session-store-conformance')).toEqual([
      'NotApplicable',
      'conformance',
      'markdownTable',
      'runChecks',
    ]);
    expect(await exportedTypes('session-store-conformance')).toEqual([
      'Backend',
      'Check',
      'OpenBackend',
      'Outcome',
    ]);
  });
});

describe('A package', () => {
  test('is not made of a workspace with dependencies', async () => {
    const workspace = JSON.parse(await readFile(join(root, 'services/session-store/package.json'), 'utf8'));
    expect(publishedManifest({ ...workspace, dependencies: undefined })).toMatchObject({
      name: workspace.name,
    });
    expect(() => publishedManifest({ ...workspace, dependencies: { left: '^1.0.0' } })).toThrow(
      'may depend on nothing but its peers',
    );
  });
});

/** Those that a module of the real Node finds. They are found by reading the CommonJS file, without running it. */
async function namesToImport(workspace: string): Promise<readonly string[]> {
  const url = pathToFileURL(join(folder, workspace, 'index.js')).href;
  const script = `console.log(JSON.stringify(Object.keys(await import(${JSON.stringify(url)}))))`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  const names: string[] = JSON.parse(stdout);
  return names.filter((name) => name !== 'default' && name !== 'module.exports').sort();
}

async function exportedTypes(workspace: string): Promise<readonly string[]> {
  const declarations = await readFile(join(folder, workspace, 'index.d.ts'), 'utf8');
  return Array.from(
    declarations.matchAll(/^export (?:type|interface) (\w+)/gm),
    ([, name = '']) => name,
  ).sort();
}
