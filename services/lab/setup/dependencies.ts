// `npm run check:dependencies`: checks the tree of packages in package-lock.json, and writes down what is in it.
//   licences           each package has one of those that are allowed
//   install scripts    none but those that package.json allows, and none at all in what an instance runs
//   vulnerabilities    as npm audit knows them, where the registry answers it
//   dist/sbom.json     the software bill of materials, in the format CycloneDX
// All run, so that one run shows everything there is to mend. (npm itself runs a script named `dependencies` after each
// install: this one must not be called so, or each install would begin another.)

import { readFile } from 'node:fs/promises';
import { audit } from './dependencies/audit.ts';
import { makeBillOfMaterials } from './dependencies/bill-of-materials.ts';
import { scriptProblems } from './dependencies/install-scripts.ts';
import { licenceProblems } from './dependencies/licences.ts';
import { readPackages } from './dependencies/packages.ts';
import { root } from './settings/files.ts';

const manifest: unknown = JSON.parse(await readFile(`${root}package.json`, 'utf8'));
const packages = await readPackages(root);

report('licences', licenceProblems(packages));
report('install scripts', scriptProblems(packages, manifest));

const audited = await audit(root);
if ('skipped' in audited) console.log(`SKIPPED: vulnerabilities. ${audited.skipped}`);
else report('vulnerabilities', audited.problems);

console.log(`Written: ${await makeBillOfMaterials(root, packages)}`);

function report(what: string, problems: readonly string[]): void {
  for (const problem of problems) console.log(problem);
  console.log(`${problems.length === 0 ? 'clean' : 'NOT clean'}: ${what}`);
  if (problems.length > 0) process.exitCode = 1;
}
