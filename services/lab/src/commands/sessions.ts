// `npm run sessions -- …`: the operator's command (services/app/src/operator.ts) from outside of the containers. With
// DATABASE_URL it runs here, else in a container of the Compose deployment in this folder, which has what it needs.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const args = process.argv.slice(2);
const isHere = Boolean(process.env.DATABASE_URL || process.env.DATABASE_URL_FILE);
const needsNothing = args.includes('--help') || args.includes('-h');

const operator = 'services/app/src/operator.ts';
const [program, ...before] =
  isHere || needsNothing
    ? [process.execPath, fileURLToPath(new URL(`../../../../${operator}`, import.meta.url))]
    : ['docker', 'compose', 'exec', '--no-TTY', 'app', 'node', operator];

const child = spawn(program, [...before, ...args], { stdio: 'inherit' });
child.on('error', (error) => {
  console.error(`Set DATABASE_URL and REDIS_URL, or install Docker: ${error.message}`);
});
const [code, signal] = await once(child, 'close');
process.exitCode = signal ? 128 + constants.signals[signal as NodeJS.Signals] : code < 0 ? 1 : code;
