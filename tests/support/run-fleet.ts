// Run by laboratory.ts in a process of its own, to be killed: starts a fleet, says so in a line of JSON, and
// does what the lines of its standard input say. `--abort-after <ms>` gives the start up half way; `--kind` is the kind of
// fleet, plain processes unless it says otherwise.

import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { fleetKinds, startFleet } from '../../services/lab/src/fleet/start-fleet.ts';

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
