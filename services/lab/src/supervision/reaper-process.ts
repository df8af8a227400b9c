// The program of the process that reaper.ts starts. Its standard input tells it what the laboratory has started and made,
// a line each, and closes when the laboratory ends (watchdog.ts):
//   started <pid> <signal> | ended <pid> | folder <path> | disarm
// Without a `disarm` the laboratory has died. Then it ends all those processes and removes all those folders.

import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, processTree, signalProcess, signalTree } from './process-tree.ts';
import { removeFolder } from './remove-folder.ts';

// How long the processes may take to end by themselves. Postgres needs it to release its System V shared memory.
const graceMs = 3_000;

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});

const signals = new Map<number, NodeJS.Signals>();
const folders = new Set<string>();
let disarmed = false;

for await (const line of createInterface({ input: process.stdin })) {
  const [, verb, value = ''] = /^(\w+) ?(.*)$/.exec(line) ?? [];
  if (verb === 'started') remember(value);
  if (verb === 'ended') signals.delete(Number(value));
  if (verb === 'folder') folders.add(value);
  if (verb === 'disarm') disarmed = true;
}

if (!disarmed) {
  const everyProcess = [...signals.keys()].flatMap(processTree);
  for (const [pid, signal] of signals) {
    if (signal === 'SIGKILL') signalTree(pid, signal);
    else signalProcess(pid, signal);
    // A process that is stopped by SIGSTOP acts on a signal only when it is continued.
    signalTree(pid, 'SIGCONT');
  }
  for (let waited = 0; waited < graceMs && everyProcess.some(isAlive); waited += 20) await sleep(20);
  for (const pid of [...signals.keys(), ...everyProcess]) signalTree(pid, 'SIGKILL');
  for (const folder of folders) await removeFolder(folder);
}

function remember(started: string): void {
  const [pid, name] = started.split(' ');
  signals.set(Number(pid), isSignal(name) ? name : 'SIGKILL');
}

function isSignal(name: string | undefined): name is NodeJS.Signals {
  return name !== undefined && name in constants.signals;
}
