// `npm run conformance`: runs the suite, prints the table of the package's README, and why something is not kept.

import { readmeTable, runConformance } from './conformance-stores.ts';

const outcomes = await runConformance();
console.log(readmeTable(outcomes));
for (const [store, results] of outcomes) {
  for (const { name, result, reason = '' } of results) {
    if (result !== 'kept') console.log(`${store}, ${name}: ${result}. ${reason.replaceAll(/\s+/g, ' ')}`);
  }
}
