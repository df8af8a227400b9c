// Whether anybody notices that a deployment is scaled and replaced: instances come and go while 45 people who are logged in
// send 220 requests a second, again and again.
//
//   npm run soak -- --cycles 20 --deploys 10                    scaled 2, 6, 2 and one instance stopped 20 times; 10 deploys
//   npm run soak -- --cycles 5 --deploys 3 --busy-loops 2       the same beside two busy loops
//   npm run soak -- --cycles 1 --deploys 1 --json soak.json     the figures, to a file
//   npm run soak -- --fleet kubernetes                          on a cluster (kubectl scale, rollout restart, delete pod)
//
// By the commands that docs/production.md and docs/kubernetes.md name, on a deployment of its own. Exit code 0 when no request failed and
// nobody was logged out, 1 when not, 2 for wrong use, 130 after Ctrl-C.

import type { ChildProcess } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { stopSignals } from '../../services/lab/src/supervision/stop-signals.ts';
import { survivalOf } from '../../services/lab/src/users/survival.ts';
import { startBusyLoop } from '../support/busy-loop.ts';
import { startSteadyTraffic } from '../support/steady-traffic.ts';
import { soakedKinds, startSoaked } from './soaked-deployment.ts';

const { fleet, cycles, deploys, busyLoops, json } = readOptions();
const signal = stopSignals(console.error);
const busy: ChildProcess[] = [];
/** Longer than any soak. */
const busyLoopMs = 7_200_000;
process.exitCode = await soak().finally(() => {
  for (const loop of busy) loop.kill('SIGKILL');
});

async function soak(): Promise<number> {
  const say = (line: string) => console.error(line);
  say('Starting a deployment of 2 instances …');
  await using deployment = await startSoaked(fleet);
  for (let n = 0; n < busyLoops; n++) busy.push(startBusyLoop(busyLoopMs));
  const started = performance.now();
  await using traffic = await startSteadyTraffic(deployment.baseUrl, { users: 45 });
  const steps: { what: string; seconds: number; failed: number; load: number }[] = [];
  const problems: string[] = [];
  const step = async (what: string, change: () => Promise<unknown>) => {
    if (signal.aborted) return;
    const before = { ms: performance.now(), failed: traffic.report().failed.length };
    // Compose gives up when a container is not healthy in time. What the people noticed is to be told all the same.
    const problem = await change().then(
      () => undefined,
      (error: unknown) => lastLine(error),
    );
    if (problem !== undefined) problems.push(`${what}: ${problem}`);
    const failed = traffic.report().failed.length - before.failed;
    const seconds = (performance.now() - before.ms) / 1000;
    const load = loadavg()[0] ?? 0;
    steps.push({ what, seconds, failed, load });
    say(
      `${what.padEnd(24)} ${seconds.toFixed(1).padStart(6)} s  ${failed} failed  (load ${load.toFixed(0)})`,
    );
  };
  for (let cycle = 1; cycle <= cycles; cycle++) {
    const of = `${cycle}/${cycles}`;
    await step(`cycle ${of}: 2 to 6`, () => deployment.scaleTo(6));
    await step(`cycle ${of}: one stopped`, async () =>
      deployment.remove((await deployment.instances())[0] ?? ''),
    );
    await step(`cycle ${of}: to 2`, () => deployment.scaleTo(2));
  }
  for (let deploy = 1; deploy <= deploys; deploy++)
    await step(`deploy ${deploy}/${deploys}`, () => deployment.deploy());

  const report = await traffic.stop();
  const survival = signal.aborted ? undefined : await survivalOf(traffic.users, await deployment.instances());
  const seconds = Math.round((performance.now() - started) / 1000);
  const result = {
    ...{ fleet, cycles, deploys, busyLoops, cores: availableParallelism(), seconds },
    ...{ gets: report.gets, posts: report.posts, failures: report.failures, loggedOut: report.loggedOut },
    ...{ stillLoggedIn: survival?.stillLoggedIn, users: traffic.users.length, slowestMs: report.slowestMs },
    ...{ problems, failed: report.failed.slice(0, 200), steps },
  };
  console.log(JSON.stringify({ ...result, failed: undefined, steps: undefined }, null, 2));
  for (const line of report.failed.slice(0, 40)) say(line);
  if (report.failed.length > 0) for (const line of await deployment.nginxErrors()) say(line);
  if (json !== undefined) await writeFile(json, `${JSON.stringify(result, null, 2)}\n`);
  if (signal.aborted) return 130;
  const isFine = problems.length === 0 && report.failed.length === 0 && report.loggedOut === 0;
  return isFine && survival?.stillLoggedIn === traffic.users.length ? 0 : 1;
}

function lastLine(error: unknown): string {
  const said =
    typeof error === 'object' && error !== null && 'stderr' in error ? String(error.stderr) : String(error);
  return said.trim().split('\n').at(-1) ?? '';
}

function readOptions() {
  const whole = (name: string, to: number) => {
    const message = `--${name} takes a whole number from 0 to ${to}`;
    return z.coerce.number(message).int(message).min(0, message).max(to, message);
  };
  try {
    const { values } = parseArgs({
      options: {
        fleet: { type: 'string', default: 'compose' },
        cycles: { type: 'string', default: '3' },
        deploys: { type: 'string', default: '2' },
        'busy-loops': { type: 'string', default: '0' },
        json: { type: 'string' },
      },
    });
    return {
      fleet: z.enum(soakedKinds, `--fleet takes ${soakedKinds.join(' or ')}`).parse(values.fleet),
      cycles: whole('cycles', 200).parse(values.cycles),
      deploys: whole('deploys', 200).parse(values.deploys),
      busyLoops: whole('busy-loops', 64).parse(values['busy-loops']),
      json: values.json,
    };
  } catch (error) {
    console.error(error instanceof z.ZodError ? error.issues[0]?.message : String(error));
    process.exit(2);
  }
}
