// The program behind hash-clock.ts: hashes again and again with the cost in its one argument, and writes after each hash
// how many milliseconds it took, a line each. It ends when nobody reads them any more.

import { writeSync } from 'node:fs';
import { compareSync, hashSync } from 'bcryptjs';

const hash = hashSync('a password', Number(process.argv[2]));
try {
  for (;;) {
    const startMs = performance.now();
    compareSync('a password', hash);
    writeSync(1, `${performance.now() - startMs}\n`);
  }
} catch {
  // The other end of the pipe is closed: the laboratory is gone.
}
