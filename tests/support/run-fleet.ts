// A program that starts a fleet, to be run by Command and killed in the middle. It writes JSON lines: what became of the
// start, and each command of its standard input when it is done. `--abort-after <ms>` aborts the start after so long;
// `--kind` is the kind of fleet, plain processes unless it says otherwise.

import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { fleetKinds } from '../../services/lab/src/fleet/fleet.ts';
import { startFleet } from '../../services/lab/src/fleet/start-fleet.ts';

const { values } = parseArgs({
  options: { 'abort-after': { type: 'string' }, kind: { type: 'string', default: 'processes' } },
});
const kind = fleetKinds.find((known) => known === values.kind);
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

try {
  if (kind === undefined) throw new Error(`There is no kind ${values.kind}`);
  const fleet = await startFleet(kind, {
    strategy: 'redis',
    instances: 2,
    onDependencyExited: (error) => say({ died: error.message }),
    ...(values['abort-after'] !== undefined && {
      signal: AbortSignal.timeout(Number(values['abort-after'])),
    }),
  });
  say({ baseUrl: fleet.baseUrl });
  for await (const command of createInterface({ input: process.stdin })) {
    if (command === 'pause') {
      const [oldest] = await fleet.instances();
      await Promise.all([fleet.postgres.pause(), fleet.redis.pause(), fleet.pause(String(oldest?.name))]);
    }
    if (command === 'dispose') await fleet[Symbol.asyncDispose]();
    say({ done: command });
    if (command === 'dispose') break;
  }
} catch (error) {
  say({ failed: error instanceof Error ? error.name : String(error) });
}
// Otherwise the open pipe keeps this process alive.
process.stdin.destroy();
