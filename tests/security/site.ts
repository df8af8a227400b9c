// Three instances behind nginx, as the tests of requirements see them: from outside, with whoever answers named.

import type { Fleet, FleetOptions } from '../../services/lab/src/fleet/fleet.ts';
import { startProcessFleet } from '../../services/lab/src/fleet/processes/start-process-fleet.ts';
import { type Answer, Browser } from '../support/browser.ts';
import { until } from '../support/wait.ts';

export interface Site extends AsyncDisposable {
  readonly fleet: Fleet;
  readonly baseUrl: string;
  /** The names of the three instances. */
  readonly instances: readonly string[];
  /** Somebody without cookies. */
  visitor(): Browser;
  /** Somebody with an account of their own, logged in. */
  user(): Promise<SignedUp>;
  /** The request, sent until each instance has answered it once. @returns the first answer of each */
  everywhere(ask: () => Promise<Answer>): Promise<readonly Answer[]>;
  /** All lines of JSON that the instances have logged of late. They come through a pipe, so a little later than answers. */
  log(): Promise<readonly Record<string, unknown>[]>;
  /** The log when each of these requests has its line. */
  logAfter(answers: readonly Answer[]): Promise<readonly Record<string, unknown>[]>;
}

export interface SignedUp {
  readonly browser: Browser;
  readonly credentials: { readonly username: string; readonly password: string };
}

/** Good for every rule of passwords. */
export const goodPassword = 'three wet socks on a line';

let users = 0;
/** A username that no other user of this run has. */
export const newName = () => `visitor-${Date.now().toString(36)}-${(users++).toString(36)}`;

/** @param appSettings as in services/app/src/settings */
export async function startSite(
  appSettings: Readonly<Record<string, string>> = {},
  options: Partial<FleetOptions> = {},
): Promise<Site> {
  const fleet = await startProcessFleet({ ...options, strategy: 'redis', instances: 3, appSettings });
  const instances = (await fleet.instances()).map(({ name }) => name);
  const { baseUrl } = fleet;
  const log = async () => {
    const lines = await Promise.all(instances.map((name) => fleet.logOf(name)));
    return lines.flat().flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  };
  return {
    ...{ fleet, baseUrl, instances, log },
    visitor: () => new Browser(baseUrl),
    async user() {
      const browser = new Browser(baseUrl);
      const credentials = { username: newName(), password: goodPassword };
      const { status, body } = await browser.post('/api/v1/signup', credentials);
      if (status !== 201) throw new Error(`sign-up answered ${status} ${JSON.stringify(body)}`);
      return { browser, credentials };
    },
    async everywhere(ask) {
      const answers = new Map<string, Answer>();
      // The round robin needs three requests. Others may come in between.
      for (let sent = 0; answers.size < instances.length && sent < 60; sent++) {
        const answer = await ask();
        const { servedBy } = answer;
        if (servedBy !== undefined && !answers.has(servedBy)) answers.set(servedBy, answer);
      }
      const missing = instances.filter((name) => !answers.has(name));
      if (missing.length > 0) throw new Error(`${missing.join(', ')} did not answer`);
      return [...answers.values()];
    },
    logAfter: (answers) =>
      until('the requests are logged', async () => {
        const lines = await log();
        const logged = new Set(lines.map(({ requestId }) => requestId));
        return answers.every(({ headers }) => logged.has(headers.get('X-Request-Id'))) && lines;
      }),
    [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose](),
  };
}

/** The statuses of `GET path` with these cookies on each of the three instances. */
export async function statusesOf(
  site: Site,
  cookie: string,
  path = '/api/v1/me',
): Promise<readonly number[]> {
  const answers = await site.everywhere(() => site.visitor().get(path, { Cookie: cookie }));
  return answers.map(({ status }) => status);
}

/** The address of a part of the fleet, for what has to be looked up behind the app's back. */
export function addressOf(part: Fleet['redis'] | Fleet['postgres']): string {
  if ('url' in part && typeof part.url === 'string') return part.url;
  throw new Error('This fleet does not say where its parts are');
}
