import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { eventually } from './eventually.ts';
import { probe } from './probe.ts';
import { isAtLeast } from './version.ts';

/** From this version on nginx itself spares, when it reloads, the connections that were in use a moment ago. */
export function sparesBusyConnections(nginxVersion: string): boolean {
  return isAtLeast(nginxVersion, '1.27.4');
}

// The keepalive_timeout of nginx.conf.template and a little more: by then no connection can be idle any more.
const deadlineMs = 2_500;

/**
 * Lets each answer tell its client not to use the connection again, until the result is disposed. Resolves when no
 * client has an idle connection, which a reload would close whatever is on its way. See @closing in nginx.conf.template.
 */
export async function lastAnswers(nginxFolder: string): Promise<AsyncDisposable> {
  const closing = join(nginxFolder, 'closing');
  await writeFile(closing, '');
  const undo = { [Symbol.asyncDispose]: () => rm(closing, { force: true }) };
  try {
    await eventually('no client has an idle connection to nginx', () => noneWaits(nginxFolder), {
      deadlineMs,
      everyMs: 5,
    });
    return undo;
  } catch (error) {
    await undo[Symbol.asyncDispose]();
    throw error;
  }
}

/** `Waiting` of stub_status: connections that are open with no request on them. */
async function noneWaits(nginxFolder: string): Promise<boolean> {
  const { body } = await probe({ socketPath: join(nginxFolder, 'status.sock'), path: '/status' });
  return /Waiting: 0\b/.test(body);
}
