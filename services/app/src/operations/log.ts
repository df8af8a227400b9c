// The instance's log.

import type { DestinationStream, Logger } from 'pino';
import { pino } from 'pino';
import { shortLog } from './short-log.ts';

/** A second line of defence: if somebody logs a request or a body one day, these are left out. */
const redact = [
  'password',
  '*.password',
  'err.body',
  'req.headers',
  'res.headers',
  'cookie',
  '*.cookie',
  'sessionID',
];

/** Where an instance's log goes: to stdout, where the platform collects it. @returns undefined for pino's own way there */
export function logStream(format: 'json' | 'short'): DestinationStream | undefined {
  return format === 'json' ? undefined : shortLog((text) => process.stdout.write(text));
}

/** The instance's log: one JSON line each, to stdout, or to `stream`. */
export function openLog(level: string, instance: string, stream?: DestinationStream): Logger {
  const options = { level, base: { instance }, redact, timestamp: pino.stdTimeFunctions.isoTime };
  return stream === undefined ? pino(options) : pino(options, stream);
}
