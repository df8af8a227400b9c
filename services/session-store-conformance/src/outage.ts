// What users are told while the backend does not answer. A request that is not answered within three seconds hangs.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { login, logout, whoAmI } from './handlers.ts';
import type { Answer, Handler, RunCheck, Site } from './site.ts';

interface OutageAnswer {
  /** 0 where there was no answer. */
  readonly status: number;
  readonly ms: number;
}

async function duringOutage(site: Site, handler: Handler): Promise<OutageAnswer & { cookie: string }> {
  const { cookie } = await site.visit(0, '', login);
  await site.interrupt();
  const startedMs = performance.now();
  const timer = new AbortController();
  const answer = site.visit(0, handler === login ? '' : cookie, handler);
  const none = sleep(hangsAfterMs, undefined, { signal: timer.signal }).then((): undefined => undefined);
  // What comes after the outage, or when the server is closed, is not asked for.
  for (const promise of [answer, none]) promise.catch(() => {});
  const first: Answer | undefined = await Promise.race([answer, none]);
  timer.abort();
  return { status: first?.status ?? 0, ms: performance.now() - startedMs, cookie };
}

const hangsAfterMs = 3000;

export const outage: Record<string, RunCheck> = {
  'a logged-in user gets an error and is not taken for logged out': async (site) => {
    const { status } = await duringOutage(site, whoAmI);
    assert.ok(status >= 500, status === 0 ? 'no answer' : `status ${status}`);
  },
  'the error comes within a second': async (site) => {
    const { status, ms } = await duringOutage(site, whoAmI);
    assert.ok(status >= 500 && ms < 1000, status === 0 ? 'no answer' : `${status} after ${ms} ms`);
  },
  'a login is not acknowledged': async (site) => {
    const { status } = await duringOutage(site, login);
    assert.ok(status === 0 || status >= 500, `status ${status}`);
  },
  'a logout is answered with an error': async (site) => {
    const { status } = await duringOutage(site, logout);
    assert.ok(status >= 500, status === 0 ? 'no answer' : `status ${status}`);
  },
  'afterwards the user is still logged in': async (site) => {
    const { cookie } = await duringOutage(site, whoAmI);
    await site.resume();
    const untilMs = performance.now() + 5000;
    let status = 0;
    while (status !== 200 && performance.now() < untilMs) {
      await sleep(50);
      status = (await site.visit(0, cookie, whoAmI)).status;
      assert.notEqual(status, 401);
    }
    assert.equal(status, 200);
  },
};
