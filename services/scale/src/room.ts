// Whether this machine has room for so many sessions, before anything is started.

import { readFile, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { NotPossibleHere } from '../../lab/src/supervision/errors.ts';

export interface Room {
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** Measured: 1.2 KB in Redis; what is written while a rewrite runs exists twice, and in the worst case that is all. */
const memoryPerSession = 2_400;
/** Measured: 1.2 KB appended and 0.6 KB rewritten; the old file stays until the new one is complete. */
const diskPerSession = 3_600;
/** For Postgres, an instance, the workers, and what else runs on this machine. */
const besides = 2 ** 30;

export function roomFor(sessions: number): Room {
  return {
    memoryBytes: besides + sessions * memoryPerSession,
    diskBytes: besides + sessions * diskPerSession,
  };
}

/** What is free: memory by Linux' own estimate, and the disk of the folder for temporary files. */
export async function freeRoom(): Promise<Room> {
  const disk = await statfs(tmpdir());
  return { memoryBytes: await availableMemory(), diskBytes: disk.bavail * disk.bsize };
}

/** @throws {NotPossibleHere} With what is missing, and how many sessions there is room for. */
export function demandRoom(sessions: number, free: Room): void {
  const needed = roomFor(sessions);
  const missing = [
    ...(needed.memoryBytes > free.memoryBytes
      ? [`${gib(needed.memoryBytes)} of free memory (there are ${gib(free.memoryBytes)})`]
      : []),
    ...(needed.diskBytes > free.diskBytes
      ? [`${gib(needed.diskBytes)} on the disk of ${tmpdir()} (there are ${gib(free.diskBytes)} free)`]
      : []),
  ];
  if (missing.length === 0) return;
  const fits = mostSessions(free);
  const advice = fits > 0 ? `: --sessions ${fits} fits` : '';
  throw new NotPossibleHere(`${sessions} sessions need ${missing.join(' and ')}${advice}.`);
}

/** The most, in whole thousands, that there is room for. */
function mostSessions({ memoryBytes, diskBytes }: Room): number {
  const most = Math.min((memoryBytes - besides) / memoryPerSession, (diskBytes - besides) / diskPerSession);
  return Math.max(0, Math.floor(most / 1_000) * 1_000);
}

async function availableMemory(): Promise<number> {
  // MemAvailable counts what the system would give back, such as cached files; os.freemem() does not.
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const [, kib] = /^MemAvailable: +(\d+) kB/m.exec(text) ?? [];
  return kib === undefined ? freemem() : Number(kib) * 1024;
}

const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
