// Run as a process of its own by merging-redis-store.test.ts, because an error that a callback throws ends the process.

import { openMergingStore } from '../support/session-stores.ts';

await using opened = await openMergingStore(process.argv[2] ?? '');
let calls = 0;
const uncaught = new Promise<Error>((resolve) => process.once('uncaughtException', resolve));
void opened.store.get('none', () => {
  calls += 1;
  throw new Error('a mistake in a handler');
});
const { message } = await uncaught;
await new Promise(setImmediate);
console.log(`called ${calls} time, uncaught: ${message}`);
