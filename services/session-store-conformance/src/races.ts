// What must hold when requests of one session overlap, on two instances.

import assert from 'node:assert/strict';
import { login, logout, put, whoAmI } from './handlers.ts';
import type { Handler, RunCheck, Site } from './site.ts';

const loggedIn = async (site: Site) => (await site.visit(0, '', login)).cookie;

async function staysEnded(site: Site, late: Handler, end: Handler): Promise<number> {
  const cookie = await loggedIn(site);
  const goOn = await site.lateVisit(0, cookie, late);
  assert.equal((await site.visit(1, cookie, end)).status, 200);
  const { status } = await goOn();
  assert.equal((await site.visit(1, cookie, whoAmI)).status, 401);
  return status;
}

export const races: Record<string, RunCheck> = {
  'two parallel writes of different keys both survive': async (site) => {
    const cookie = await loggedIn(site);
    const goOn = await site.lateVisit(0, cookie, put('a'));
    await site.visit(1, cookie, put('b'));
    await goOn();
    assert.deepEqual((await site.visit(1, cookie, whoAmI)).body, { user: 'ada', a: true, b: true });
  },
  'twenty parallel writes all survive': async (site) => {
    const cookie = await loggedIn(site);
    const keys = Array.from({ length: 20 }, (_, index) => `key${index}`);
    const late = await Promise.all(
      keys.map((key, index) => site.lateVisit(index % 2 ? 1 : 0, cookie, put(key))),
    );
    await Promise.all(late.map((goOn) => goOn()));
    const { body } = await site.visit(0, cookie, whoAmI);
    assert.deepEqual(Object.keys(Object(body)).sort(), [...keys, 'user'].sort());
  },
  'a late write does not undo a logout': async (site) => {
    await staysEnded(site, put('late'), logout);
  },
  'a late write after a logout is told that it is lost': async (site) => {
    assert.ok((await staysEnded(site, put('late'), logout)) >= 400);
  },
  'a late request that changes nothing does not undo a logout': async (site) => {
    await staysEnded(site, () => {}, logout);
  },
  'a late write does not revive the id that a new login replaced': async (site) => {
    await staysEnded(site, put('late'), login);
  },
  'a logout counts on the other instance at once': async (site) => {
    const cookie = await loggedIn(site);
    await site.visit(0, cookie, logout);
    assert.equal((await site.visit(1, cookie, whoAmI)).status, 401);
  },
  'a redirect that follows a save finds the session': async (site) => {
    const cookie = await loggedIn(site);
    for (let step = 0; step < 10; step++) {
      await site.visit(step % 2 ? 1 : 0, cookie, put(`step${step}`));
      const { body } = await site.visit(step % 2 ? 0 : 1, cookie, whoAmI);
      assert.equal(Object(body)[`step${step}`], true);
    }
  },
};
