import type { Package } from './packages.ts';

/**
 * Licences (https://spdx.org/licenses) that let everybody use, change and pass on what is made with a package, as this
 * project's own MIT licence does.
 */
const allowed = new Set([
  ...['MIT', 'ISC', '0BSD', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', 'BlueOak-1.0.0', 'Unlicense'],
]);

/** Allowed although the licence is not in the list, each with the reason. */
const exceptions: Readonly<Record<string, { readonly licence: string; readonly reason: string }>> = {
  'caniuse-lite': {
    licence: 'CC-BY-4.0',
    reason: 'Data about browsers, with which Jest’s compiler is configured. Nothing of it is passed on.',
  },
};

/** A line for each package whose licence is not allowed, or that has none. */
export function licenceProblems(packages: readonly Package[]): string[] {
  return packages.flatMap(({ name, version, licence, installed }) => {
    // Made for another platform, and its licence not in the lock file: that platform's run looks at it.
    if (licence === undefined && !installed) return [];
    if (licence === undefined || licence === '') return [`${name}@${version} has no licence`];
    if (isAllowed(licence) || exceptions[name]?.licence === licence) return [];
    return [`${name}@${version} has the licence ${licence}, which is not in the list of allowed ones`];
  });
}

/** Reads an expression without nested parentheses; any other is not allowed. */
function isAllowed(expression: string): boolean {
  const plain = expression.replace(/^\(([^()]*)\)$/, '$1');
  return plain.split(' OR ').some((choice) => choice.split(' AND ').every((id) => allowed.has(id)));
}
