// Runs one of the project's programs after setting up what it needs: Node 24 and the packages of the lock file.
// Plain JavaScript without dependencies, because it is what runs before any of them is there. Needs Node 18 and npm.
//
//   node services/lab/setup/run.mjs [options for node] PROGRAM [arguments]

import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(fileURLToPath(import.meta.url), '../../../..');
const oldestNode = 24; // the first that runs TypeScript as it is, and has `await using`
const nodeForOlderMachines = '24.21.0';
const exitWrongUse = 2;

main();

function main() {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 18) stop(`Node 18 or newer is needed; this is ${process.version}. See https://nodejs.org.`);

  const node = major >= oldestNode ? process.execPath : node24();
  installPackages(node);
  run(node, process.argv.slice(2));
}

/** The path of a Node 24 of the project's own, installed from the npm registry into .cache/ when it is not there yet. */
function node24() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  // The packages that the npm package `node` chooses from when it is installed. Taken directly, because its choice is
  // an install script, and newer npms run those only when each is allowed.
  const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
  const name = `${prefix}-${platform}-${process.arch}`;
  const home = join(root, '.cache', `node-${nodeForOlderMachines}`);
  const binary = join(home, 'node_modules', name, 'bin', platform === 'win' ? 'node.exe' : 'node');
  if (existsSync(binary)) return binary;

  console.error(
    `Node ${process.version} is too old to run TypeScript. Getting Node ${nodeForOlderMachines} into .cache/ …`,
  );
  mkdirSync(join(root, '.cache'), { recursive: true });
  // Installed aside and then moved, so that a Ctrl-C in between leaves nothing that looks complete.
  const aside = mkdtempSync(join(root, '.cache', 'installing-'));
  try {
    const options = [
      '--no-save',
      '--no-package-lock',
      '--ignore-scripts',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ];
    npm(process.execPath, ['install', '--prefix', aside, ...options, `${name}@${nodeForOlderMachines}`]);
    rmSync(home, { recursive: true, force: true });
    renameSync(aside, home);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return binary;
}

/** `npm ci`, unless what is installed came from this very lock file. */
function installPackages(node) {
  const wanted = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.installed-from');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;

  console.error('Installing the packages of package-lock.json …');
  npm(node, ['ci', '--no-audit', '--no-fund', '--loglevel=error']);
  writeFileSync(stamp, wanted);
}

function npm(node, parameters) {
  // Under `npm run`, npm_execpath is npm's path. That npm is then run by the Node that the packages are meant for.
  const cli = process.env.npm_execpath?.endsWith('.js') ? process.env.npm_execpath : undefined;
  const command = cli === undefined ? ['npm'] : [node, cli];
  const [program, ...before] = command;
  const done = spawnSync(program, [...before, ...parameters], { cwd: root, stdio: ['ignore', 2, 2] });
  if (done.error)
    stop(`npm could not be started (${done.error.message}). It comes with Node: https://nodejs.org.`);
  if (done.signal) process.exit(128 + constants.signals[done.signal]);
  if (done.status !== 0)
    stop(`\`npm ${parameters.join(' ')}\` failed with exit code ${done.status}; its messages are above.`);
}

/** Runs the program with the same input and output, passes signals on to it, and ends with its exit code. */
function run(node, parameters) {
  const child = spawn(node, parameters, { cwd: root, stdio: 'inherit' });
  // In a terminal the child gets Ctrl-C from the terminal and once more from here. The programs ignore the second.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => stop(`${node} could not be started: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
}

function stop(sentence) {
  console.error(sentence);
  process.exit(exitWrongUse);
}
