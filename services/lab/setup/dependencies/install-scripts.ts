import { z } from 'zod';
import type { Package } from './packages.ts';

// Each package with an install script is named there: true when npm may run it, false when it does without.
const manifestShape = z.object({ allowScripts: z.record(z.string(), z.boolean()).default({}) });

/**
 * A line for each package that would run code when it is installed and of which package.json does not say what to do, for
 * each that an instance needs, and for each that package.json names and that has no script any more.
 */
export function scriptProblems(packages: readonly Package[], manifest: unknown): string[] {
  const { allowScripts } = manifestShape.parse(manifest);
  const withScripts = packages.filter(({ hasInstallScript }) => hasInstallScript);
  const unknown = withScripts.filter(({ name }) => !Object.hasOwn(allowScripts, name));
  const atRunTime = withScripts.filter(({ dev }) => !dev);
  const names = new Set(withScripts.map(({ name }) => name));
  return [
    ...unknown.map(
      ({ name, version }) =>
        `${name}@${version} has an install script: say in package.json (allowScripts) whether it may run`,
    ),
    ...atRunTime.map(
      ({ name, version }) => `${name}@${version} has an install script, and an instance needs it`,
    ),
    ...Object.keys(allowScripts)
      .filter((name) => !names.has(name))
      .map((name) => `${name} has no install script any more: take it out of allowScripts in package.json`),
  ];
}
