import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Package } from './packages.ts';

const component = z.looseObject({
  'bom-ref': z.string(),
  name: z.string(),
  version: z.string(),
  purl: z.string(),
});
const billOfMaterials = z.looseObject({
  bomFormat: z.literal('CycloneDX'),
  specVersion: z.string(),
  metadata: z.looseObject({ component }),
  components: z.array(component),
});
export type BillOfMaterials = z.infer<typeof billOfMaterials>;

/**
 * Has npm write down all packages that are installed, and completes and checks it.
 * @returns the file's path in the folder. @throws when a package is missing in it
 */
export async function makeBillOfMaterials(folder: string, packages: readonly Package[]): Promise<string> {
  const options = { cwd: folder, timeout: 120_000, maxBuffer: 2 ** 26 };
  const { stdout } = await promisify(execFile)('npm', ['sbom', '--sbom-format', 'cyclonedx'], options);
  const bill = withPackageNames(billOfMaterials.parse(JSON.parse(stdout)));
  const missing = missingIn(bill, packages);
  if (missing.length > 0) throw new Error(`npm sbom left out: ${missing.join(', ')}`);
  const path = 'dist/sbom.json';
  await mkdir(join(folder, 'dist'), { recursive: true });
  await writeFile(join(folder, path), `${JSON.stringify(bill, null, 2)}\n`);
  return path;
}

/** npm (11) calls the project and its workspaces by their folders. Their real names are in the package URLs. */
export function withPackageNames(bill: BillOfMaterials): BillOfMaterials {
  const named = (part: z.infer<typeof component>) => ({ ...part, name: nameIn(part.purl) ?? part.name });
  return {
    ...bill,
    metadata: { ...bill.metadata, component: named(bill.metadata.component) },
    components: bill.components.map(named),
  };
}

/** `pkg:npm/%40scope/name@1.0.0`: https://github.com/package-url/purl-spec */
function nameIn(purl: string): string | undefined {
  const [, name] = /^pkg:npm\/(.+)@[^@]+$/.exec(purl) ?? [];
  return name === undefined ? undefined : decodeURIComponent(name);
}

/** The installed packages that a bill of materials does not have, as `name@version`. */
export function missingIn(bill: BillOfMaterials, packages: readonly Package[]): string[] {
  const listed = new Set(bill.components.map(({ name, version }) => `${name}@${version}`));
  return packages
    .filter(({ installed }) => installed)
    .map(({ name, version }) => `${name}@${version}`)
    .filter((text) => !listed.has(text));
}
