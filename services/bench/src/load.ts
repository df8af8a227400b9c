// Load on an instance, made by the load generator in a process of its own.

import { HttpClient } from '../../lab/src/users/http-client.ts';
import { User } from '../../lab/src/users/user.ts';
import { type LoadJob, type LoadPace, type LoadReport, loadReport, type RequestSpec } from './load-job.ts';
import type { MeasuredInstance, TestBed } from './test-bed.ts';

/** Something answered otherwise than it had to, so nothing was measured. */
export class MeasurementError extends Error {
  override readonly name = 'MeasurementError';
}

type Times = Pick<LoadJob, 'warmUpMs' | 'measureMs'>;

/** @throws {MeasurementError} When a single answer was another than 200. */
export async function load(
  testBed: TestBed,
  on: Pick<MeasuredInstance, 'name' | 'origin'>,
  request: RequestSpec,
  pace: LoadPace,
  times: Times,
): Promise<LoadReport> {
  const { refused, ...report } = await loadThatMayBeRefused(testBed, on, request, pace, times);
  if (refused > 0) throw new MeasurementError(`${on.name} refused ${request.path} ${refused} times with 503`);
  return report;
}

/** The same where 503 is an answer as well: it is counted, and measured are the others. */
export async function loadThatMayBeRefused(
  testBed: TestBed,
  on: Pick<MeasuredInstance, 'name' | 'origin'>,
  request: RequestSpec,
  pace: LoadPace,
  times: Times,
): Promise<LoadReport & { readonly refused: number }> {
  const job: LoadJob = { origin: on.origin, ...request, status: 200, pace, ...times };
  // It starts, and waits for its last answers.
  const deadlineMs = times.warmUpMs + times.measureMs + 30_000;
  const read = (line: unknown) => loadReport.safeParse(line).data;
  const report = await testBed.run('load-generator.ts', job, deadlineMs, read);
  const { 'status 503': refused = 0, ...failures } = report.failures;
  demandNoFailures(`${request.method} ${request.path} on ${on.name}`, failures);
  return { ...report, refused };
}

/** @param failures in words, and how often. @throws {MeasurementError} When there is one. */
export function demandNoFailures(what: string, failures: LoadReport['failures']): void {
  const met = Object.entries(failures).map(([words, times]) => `${times} × ${words}`);
  if (met.length > 0) throw new MeasurementError(`${what} met ${met.join(', ')}`);
}

/** A new user of an instance: what they ask when they look who they are, and when they log in. */
export async function newUser({
  origin,
}: MeasuredInstance): Promise<{ readonly me: RequestSpec; readonly logIn: RequestSpec }> {
  await using client = new HttpClient(origin);
  const user = new User(client);
  await user.signUp();
  const cookie = await (await user.copyCookies()).getCookieString(`${origin}/api/v1/me`);
  const { username, password } = user;
  return {
    me: { method: 'GET', path: '/api/v1/me', headers: { cookie } },
    logIn: {
      method: 'POST',
      path: '/api/v1/login',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    },
  };
}
