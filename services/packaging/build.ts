// Builds what is published of a workspace into its dist/: one file of CommonJS, its declarations, and the package.json.
//
// CommonJS alone, because an ES module can import it by name, and one build is one set of classes: with a second build for
// `import`, an app that also requires the package somewhere would have two classes SessionGone, and `instanceof` would
// fail. An ES module alone would do for Node 20.19 and newer (`require(esm)`), but not for TypeScript's `node16` in CommonJS.
//
// By esbuild and not by tsc alone: the files that tsc writes, packed, are larger than what the package may be.

import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import { bundleDeclarations } from './declarations.ts';
import { publishedManifest } from './manifest.ts';

const root = join(import.meta.dirname, '..', '..');

/** The workspaces that are published. */
export const publishedWorkspaces = ['session-store', 'session-store-conformance'] as const;

/** With readable names the store would be 22 kB and not 15. Its sources are what is read, and what a copy starts from. */
const minified: readonly string[] = ['session-store'];

/**
 * @param workspace a folder of services/
 * @param dist where to; emptied first
 * @throws where the sources import what is neither Node's own nor a peer dependency
 */
export async function build(workspace: string, dist: string): Promise<void> {
  const home = join(root, 'services', workspace);
  const manifest = publishedManifest(JSON.parse(await readFile(join(home, 'package.json'), 'utf8')));
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  await compile({
    entry: join(home, 'src', 'index.ts'),
    peers: Object.keys(manifest.peerDependencies),
    minify: minified.includes(workspace),
    dist,
  });
  await writeFile(join(dist, 'index.d.ts'), await declarationsOf(workspace));
  await writeFile(join(dist, 'package.json'), `${JSON.stringify(manifest, undefined, 2)}\n`);
  await writeFile(join(dist, 'README.md'), withoutComments(await readFile(join(home, 'README.md'), 'utf8')));
  await copyFile(join(root, 'LICENSE'), join(dist, 'LICENSE'));
}

/** Comments say which test runs a block: of this repository, and of no use to who has the package. */
function withoutComments(markdown: string): string {
  return markdown.replace(/^<!--.*?-->\n/gms, '');
}

interface Compilation {
  readonly entry: string;
  readonly peers: readonly string[];
  readonly minify: boolean;
  readonly dist: string;
}

async function compile({ entry, peers, minify, dist }: Compilation): Promise<void> {
  const { metafile } = await bundle({
    entryPoints: [entry],
    outdir: dist,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    packages: 'external',
    metafile: true,
    minify,
    logLevel: 'warning',
  });
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  const foreign = imported.filter((name) => !isBuiltin(name) && !peers.includes(name));
  if (foreign.length > 0)
    throw new Error(`the package may not depend on ${foreign.join(', ')}, but its sources import it`);
}

async function declarationsOf(workspace: string): Promise<string> {
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const project = join(import.meta.dirname, 'tsconfig.json');
  const folder = await mkdtemp(join(tmpdir(), 'declarations-'));
  try {
    const done = spawnSync(process.execPath, [compiler, '--project', project, '--outDir', folder], {
      encoding: 'utf8',
    });
    if (done.status !== 0)
      throw new Error(`tsc could not write the declarations:\n${done.stdout}${done.stderr}`);
    return await bundleDeclarations(join(folder, workspace, 'src', 'index.d.ts'));
  } finally {
    await rm(folder, { recursive: true });
  }
}
