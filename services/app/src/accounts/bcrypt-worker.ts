// Runs in a worker thread, where it may block.

import { setPriority } from 'node:os';
import { compareSync, hashSync } from 'bcryptjs';

// Where a hash and a request want the same core, the request goes first: it needs a millisecond, the hash some hundred. On
// Linux a priority is a thread's own (setpriority(2), "C library/kernel differences"); elsewhere it would be the process'.
if (process.platform === 'linux') setPriority(0, 10);

export type BcryptTask =
  | { readonly text: string; readonly rounds: number }
  | { readonly text: string; readonly hash: string };

export default function work(task: BcryptTask): string | boolean {
  return 'rounds' in task ? hashSync(task.text, task.rounds) : compareSync(task.text, task.hash);
}
