// The ports that a document's commands are going to listen on have to be free. Better said at once than found out from what
// a command prints after a minute.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { usualOrigin } from './marks.ts';
import type { Step } from './steps.ts';

/** @throws with the port and what needs it */
export async function demandFreePorts(document: string, steps: readonly Step[]): Promise<void> {
  for (const port of portsIn(steps)) {
    const server = createServer().listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (cause) {
      throw new Error(
        `Port ${port} is in use, and the commands of ${document} need it: stop what listens on it.`,
        { cause },
      );
    }
    server.close();
    await once(server, 'close');
  }
}

/** Those that its commands and their comments name, and the usual one. */
export function portsIn(steps: readonly Step[]): number[] {
  const commands = steps.flatMap((step) => (step.kind === 'command' ? [JSON.stringify(step)] : []));
  const named = commands.flatMap((text) =>
    Array.from(text.matchAll(/(?:\/\/localhost:|--port )(\d+)/g), ([, port]) => Number(port)),
  );
  return commands.length === 0 ? [] : [...new Set([Number(new URL(usualOrigin).port), ...named])];
}
