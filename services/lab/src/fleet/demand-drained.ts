import type { LogTail } from '../supervision/log-tail.ts';
import { FleetError } from './fleet.ts';

/** @throws {FleetError} with the last lines of an instance that should have drained and ended by itself */
export function demandDrained(
  { name, log }: { readonly name: string; readonly log: LogTail },
  exitCode: number,
): void {
  if (exitCode === 0) return;
  throw new FleetError(
    `${name} should have drained and ended with exit code 0, but ended with ${exitCode}. Its last lines:\n${log.excerpt()}`,
  );
}
