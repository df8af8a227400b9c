// `npm run check`: types, lint and format. All three run, so that one run shows everything there is to mend.

import { spawnSync } from 'node:child_process';

const checks = [
  ['types', 'node_modules/typescript/bin/tsc', '--project', '.'],
  ['lint and format', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.'],
] as const;

for (const [what, ...command] of checks) {
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' });
  console.log(`${status === 0 ? 'clean' : 'NOT clean'}: ${what}`);
  if (status !== 0) process.exitCode = 1;
}
