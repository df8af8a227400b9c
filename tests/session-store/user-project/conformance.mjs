// As the author of a store runs the conformance suite. One group, because the others wait for lifetimes and outages.

import { createRequire } from 'node:module';
import session from 'express-session';
import { conformance, markdownTable, runChecks } from 'session-store-conformance';

if (createRequire(import.meta.url)('session-store-conformance').conformance !== conformance)
  throw new Error('import and require give two suites');

const open = () => {
  const store = new session.MemoryStore();
  return { stores: [store, store], close: () => {} };
};
const outcomes = await runChecks(conformance(open).filter(({ group }) => group === 'contract'));
console.log(markdownTable({ MemoryStore: outcomes }));
