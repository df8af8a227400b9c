// The two timeouts of a session (ASVS section V7.3), with seconds instead of minutes and hours.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, jest } from '@jest/globals';
import { requirement } from './requirement.ts';
import { type Site, startSite, statusesOf } from './site.ts';

const idleMs = 2000;
const absoluteMs = 6000;

jest.setTimeout(60_000);

let site: Site;
beforeAll(async () => {
  site = await startSite({
    SESSION_IDLE_SECONDS: String(idleMs / 1000),
    SESSION_ABSOLUTE_SECONDS: String(absoluteMs / 1000),
    // Renewed with each request, so that the idle timeout can be told to the second.
    STORE_TOUCH_AFTER_PERCENT: '0',
  });
}, 60_000);
afterAll(async () => {
  await site?.[Symbol.asyncDispose]();
});

requirement(
  'V7.3.1',
  'a session ends when it is not used, on every instance, and lives on while it is',
  async () => {
    const [idle, used] = await Promise.all([site.user(), site.user()]);
    const [idleCookie, usedCookie] = await Promise.all([idle.browser.cookie(), used.browser.cookie()]);
    const end = performance.now() + idleMs + 1000;
    while (performance.now() < end) {
      expect((await used.browser.get('/api/v1/me')).status).toBe(200);
      await sleep(500);
    }
    expect(await statusesOf(site, idleCookie)).toEqual([401, 401, 401]);
    expect(await statusesOf(site, usedCookie)).toEqual([200, 200, 200]);
  },
);

requirement(
  'V7.3.2',
  'a session ends after its longest time, however busy it is, on every instance',
  async () => {
    const began = performance.now();
    const { browser } = await site.user();
    const cookie = await browser.cookie();
    let lastUsed = 0;
    while (performance.now() - began < absoluteMs + 1000) {
      const { status } = await site.visitor().get('/api/v1/me', { Cookie: cookie });
      if (status === 200) lastUsed = performance.now() - began;
      await sleep(500);
    }
    // Used to its end: it was not the idle timeout that ended it.
    expect(lastUsed).toBeGreaterThan(idleMs + 1000);
    expect(await statusesOf(site, cookie)).toEqual([401, 401, 401]);
  },
);
