// `npm start`: the deployment, left up until Ctrl-C. See --help.

import { once } from 'node:events';
import type { DependencyExited, Strategy } from '../fleet/fleet.ts';
import { startFleet } from '../fleet/start-fleet.ts';
import { stopSignals } from '../supervision/stop-signals.ts';
import { runMainProgram } from './main-program.ts';
import { readStartOptions, type StartOptions } from './start-options.ts';

await runMainProgram(async () => {
  const options = readStartOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    console.log(options);
    return 0;
  }
  return start(options);
});

async function start({ strategy, instances, port, fleet: kind }: StartOptions): Promise<number> {
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
    onDependencyExited: (error: DependencyExited) => dependencyExited.reject(error),
  });
  console.log(instructions(fleet.baseUrl, strategy));
  await Promise.race([once(signal, 'abort'), dependencyExited.promise]);
  return 0;
}

const whoAnswers: Record<Strategy, string> = {
  memory: 'only the one that answered the sign-up knows you, the others say 401',
  sticky: 'it is always the same one',
  'connect-redis': 'whichever it is, it knows you',
  redis: 'whichever it is, it knows you',
};

const whatLogoutEnds: Record<Strategy, string> = {
  memory: 'only where it meets the instance that has the session',
  sticky: 'the session ends on your instance',
  'connect-redis': 'the session ends for all instances',
  redis: 'the session ends for all instances',
};

function instructions(baseUrl: string, strategy: Strategy): string {
  const json = `-H 'Content-Type: application/json'`;
  return `
The deployment answers at ${baseUrl} (strategy ${strategy}). Try, in another terminal:

  # sign up, and keep the cookie
  curl -i -c jar.txt -b jar.txt ${json} -d '{"username":"ada","password":"correct horse"}' ${baseUrl}/api/v1/signup

  # who am I? X-Served-By names the instance that answers: ${whoAnswers[strategy]}
  for n in 1 2 3 4; do curl -si -b jar.txt -c jar.txt ${baseUrl}/api/v1/me | grep -iE '^(HTTP|X-Served-By)'; done

  # log out: ${whatLogoutEnds[strategy]}
  curl -i -c jar.txt -b jar.txt -X POST ${baseUrl}/api/v1/logout

Ctrl-C stops everything.`;
}
