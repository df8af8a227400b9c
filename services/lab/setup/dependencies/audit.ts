import { spawnSync } from 'node:child_process';
import { z } from 'zod';

const longestMs = 60_000;

const answers = z.union([
  z.object({
    vulnerabilities: z.record(
      z.string(),
      z.object({ name: z.string(), severity: z.string(), range: z.string() }),
    ),
  }),
  // What npm prints when the registry did not answer, or not with an audit.
  z.object({ message: z.string() }),
]);

/** A line for each vulnerable package; or why nothing is known. */
export type Audit = { readonly problems: readonly string[] } | { readonly skipped: string };

/** Asks the registry about all packages of a folder's lock file, of whatever severity. */
export async function audit(folder: string): Promise<Audit> {
  const { stdout, error } = spawnSync('npm', ['audit', '--json'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: longestMs,
    maxBuffer: 2 ** 26,
  });
  if (error) return { skipped: `npm audit did not answer: ${error.message}.` };
  return readAudit(stdout);
}

/** @param text what `npm audit --json` wrote */
export function readAudit(text: string): Audit {
  const answer = answers.safeParse(parsed(text));
  if (!answer.success) return { skipped: 'npm audit wrote nothing that can be read.' };
  if ('message' in answer.data) {
    return { skipped: `The registry does not answer npm audit: ${answer.data.message.trim()}.` };
  }
  const found = Object.values(answer.data.vulnerabilities);
  return {
    problems: found.map(
      ({ name, severity, range }) => `${name} ${range} has a known vulnerability (${severity}): npm audit`,
    ),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
