// Runs in a worker thread, where it may block.

import { compareSync, hashSync } from 'bcryptjs';

export type BcryptTask =
  | { readonly text: string; readonly rounds: number }
  | { readonly text: string; readonly hash: string };

export default function work(task: BcryptTask): string | boolean {
  return 'rounds' in task ? hashSync(task.text, task.rounds) : compareSync(task.text, task.hash);
}
