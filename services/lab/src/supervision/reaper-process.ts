// The program behind reaper.ts. It reads what exists from its standard input, one line each, until that closes:
//   started <pid> <signal> | ended <pid> | folder <path> | disarm

import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, processTree, signalProcess, signalTree } from './process-tree.ts';
import { removeFolder } from './remove-folder.ts';

// How long an orderly end may take. Postgres needs it to give its System V shared memory back to the system.
const graceMs = 3_000;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const signals = new Map<number, NodeJS.Signals>();
const folders = new Set<string>();
let dismissed = false;

for await (const line of createInterface({ input: process.stdin })) {
  const [, word, value = ''] = /^(\w+) ?(.*)$/.exec(line) ?? [];
  if (word === 'started') remember(value);
  if (word === 'ended') signals.delete(Number(value));
  if (word === 'folder') folders.add(value);
  if (word === 'disarm') dismissed = true;
}

if (!dismissed) {
  const all = [...signals.keys()].flatMap(processTree);
  for (const [pid, signal] of signals) {
    if (signal === 'SIGKILL') signalTree(pid, signal);
    else signalProcess(pid, signal);
    // A stopped process acts on a signal only when it goes on.
    signalTree(pid, 'SIGCONT');
  }
  for (let waited = 0; waited < graceMs && all.some(isAlive); waited += 20) await sleep(20);
  for (const pid of [...signals.keys(), ...all]) signalTree(pid, 'SIGKILL');
  for (const folder of folders) await removeFolder(folder);
}

function remember(started: string): void {
  const [pid, name] = started.split(' ');
  signals.set(Number(pid), isSignal(name) ? name : 'SIGKILL');
}

function isSignal(name: string | undefined): name is NodeJS.Signals {
  return name !== undefined && name in constants.signals;
}
