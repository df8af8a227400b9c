// How long sessions live. Lifetimes are whole seconds, because some stores know no finer ones.

import assert from 'node:assert/strict';
import type { SessionData } from 'express-session';
import { changeLifetime, loginFor, settled, whoAmI } from './handlers.ts';
import type { RunCheck } from './site.ts';

export const lifetimes: Record<string, RunCheck> = {
  'a session ends when its lifetime is over': async (site) => {
    const { cookie } = await site.visit(0, '', loginFor(1000));
    assert.equal((await site.visit(1, cookie, whoAmI)).status, 200);
    await site.wait(2100);
    assert.equal((await site.visit(1, cookie, whoAmI)).status, 401);
  },
  'each request extends it': async (site) => {
    const { cookie } = await site.visit(0, '', loginFor(2000));
    for (let request = 0; request < 4; request++) {
      await site.wait(700);
      assert.equal((await site.visit(request % 2 ? 0 : 1, cookie, whoAmI)).status, 200);
    }
  },
  'a shorter lifetime counts at once': async (site) => {
    const { cookie } = await site.visit(0, '', loginFor(60_000));
    await site.visit(1, cookie, changeLifetime(1000));
    await site.wait(2100);
    assert.equal((await site.visit(0, cookie, whoAmI)).status, 401);
  },
  'a renewal does not undo a new lifetime': async (site) => {
    const { cookie } = await site.visit(0, '', loginFor(2000));
    const goOn = await site.lateVisit(0, cookie, whoAmI);
    await site.visit(1, cookie, changeLifetime(60_000));
    await site.wait(600);
    await goOn();
    await site.wait(3100);
    assert.equal((await site.visit(1, cookie, whoAmI)).status, 200);
  },
  'the cookie’s expires after a renewal is the true end': async (site) => {
    const { cookie, body } = await site.visit(0, '', loginFor(20_000));
    await site.wait(3000);
    await site.visit(0, cookie, whoAmI);
    const end = Date.now() + 20_000;
    const data = await settled<SessionData | null>((callback) =>
      site.backend.stores[1].get(String(body), callback),
    );
    const expires = new Date(data?.cookie.expires ?? 0).getTime();
    assert.ok(Math.abs(expires - end) < 1000, `${expires - end} ms beside it`);
  },
  'renewing a session that has ended does not bring it back': async (site) => {
    const { cookie, body } = await site.visit(0, '', loginFor(20_000));
    const store = site.backend.stores[0];
    if (store.touch === undefined) return;
    const data = await settled<SessionData | null>((callback) => store.get(String(body), callback));
    await settled((callback) => store.destroy(String(body), callback));
    if (data) await settled((callback) => store.touch?.(String(body), data, callback));
    assert.equal((await site.visit(1, cookie, whoAmI)).status, 401);
  },
};
