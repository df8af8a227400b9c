// The passwords that people use most, which are the first that an attacker tries. Where they come from: data/README.md.

import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const file = new URL('../../data/common-passwords.txt.gz', import.meta.url);

/** Whether a password is one of them, whatever its case. */
export type IsCommonPassword = (password: string) => boolean;

/**
 * Reads the list. It stays as it is, 330 kB outside of the heap: a search takes about 0.1 ms, a thousandth of the hash
 * that follows it, and a Set of the same passwords would take ten times the memory.
 */
export async function loadCommonPasswords(): Promise<IsCommonPassword> {
  // It begins and ends with a line feed.
  const lines = await promisify(gunzip)(await readFile(file));
  return (password) => {
    if (password.includes('\n')) return false;
    // Bytes, because a text with half of a surrogate pair would end the process in Node 24 (an assertion in node_buffer.cc).
    return lines.includes(Buffer.from(`\n${password.toLowerCase()}\n`));
  };
}
