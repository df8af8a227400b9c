// `npm start`: the deployment, left up until Ctrl-C. See --help.

import { once } from 'node:events';
import type { DependencyExited } from '../fleet/fleet.ts';
import { startFleet } from '../fleet/start-fleet.ts';
import { stopSignals } from '../supervision/stop-signals.ts';
import { runMainProgram } from './main-program.ts';
import { instructions } from './start-instructions.ts';
import { readStartOptions, type StartOptions } from './start-options.ts';

await runMainProgram(async () => {
  const options = readStartOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    console.log(options);
    return 0;
  }
  return start(options);
});

async function start({ strategy, instances, port, fleet: kind, context }: StartOptions): Promise<number> {
  const signal = stopSignals(console.error);
  const dependencyExited = Promise.withResolvers<never>();
  console.error(
    `Starting ${instances === 1 ? 'one instance' : `${instances} instances`}, nginx, Redis and Postgres …`,
  );
  await using fleet = await startFleet(kind, {
    strategy,
    instances,
    port,
    signal,
    ...(context !== undefined && { context }),
    onDependencyExited: (error: DependencyExited) => dependencyExited.reject(error),
  });
  console.log(instructions(fleet.baseUrl, strategy));
  await Promise.race([once(signal, 'abort'), dependencyExited.promise]);
  return 0;
}
