import { describe, expect, test } from '@jest/globals';
import type { SessionData } from 'express-session';
import { addUp } from '../../services/session-store/src/merge.ts';
import { cookie, loaded, merge, save, textOf } from './waiting-write.ts';

const nobodyElse = { merged: false, conflicts: [] };
const merged = (...conflicts: string[]) => ({ merged: true, conflicts });
const before = textOf({ user: 'ada' });

describe('A write', () => {
  test('that nobody else was in the way of is stored as the text that it is, and then known', async () => {
    const snapshot = loaded(before);
    const mine = `{ "page": 1, "cookie": ${JSON.stringify({ ...cookie, originalMaxAge: 90_000 })} }`;
    const one = save(snapshot, mine);
    const { merging } = merge([one], before);
    const result = await merging;
    expect(result).toMatchObject({ text: mine, ttlMs: 90_000 });
    expect(await one.end()).toBe('waiting');
    expect(snapshot.storedText).toBe(before);
    const nowMs = performance.now();
    result?.confirm();
    expect(await one.end()).toEqual(nobodyElse);
    expect(snapshot).toMatchObject({ storedText: mine, seenText: mine, seenMaxAge: 90_000 });
    expect(snapshot.expiresAtMs).toBeGreaterThanOrEqual(nowMs + 90_000);
    expect(snapshot.expiresAtMs).toBeLessThanOrEqual(performance.now() + 90_000);
  });

  test('that changes nothing ends at once, and leaves nothing to be written', async () => {
    const later = before.replace('2030-01-01', '2030-01-02');
    const one = save(loaded(before), later);
    const { batch, merging } = merge([one], textOf({ user: 'eve' }));
    expect(await merging).toBeUndefined();
    expect(batch).toEqual([]);
    expect(await one.end()).toBe('unchanged');
  });

  test('of the cookie alone is a write', async () => {
    const mine = JSON.stringify({ cookie: { ...cookie, secure: true }, user: 'ada' });
    expect(await merge([save(loaded(before), mine)], before).merging).toMatchObject({ text: mine });
  });

  test('is merged with what others have stored, and both know their own content', async () => {
    const snapshot = loaded(before);
    const mine = textOf({ user: 'ada', page: 1, count: 2 });
    const one = save(snapshot, mine);
    const { merging } = merge([one], textOf({ count: 3, other: 1 }));
    const result = await merging;
    expect(JSON.parse(result?.text ?? '')).toEqual({ cookie, page: 1, count: 2, other: 1 });
    result?.confirm();
    expect(await one.end()).toEqual(merged('count'));
    expect(snapshot).toMatchObject({ storedText: result?.text, seenText: mine });
  });

  test('that is tried again is merged with what is stored then, and parsed once', async () => {
    let parsed: string[] = [];
    const parse = (text: string) => {
      parsed.push(text);
      return JSON.parse(text);
    };
    const serializer = { parse, stringify: JSON.stringify };
    const mine = textOf({ user: 'ada', page: 1 });
    const one = save(loaded(before), mine);
    await merge([one], before, { serializer }).merging;
    expect(parsed).toEqual([before, mine]);
    parsed = [];
    const others = textOf({ user: 'ada', other: 1 });
    const result = await merge([one], others, { serializer }).merging;
    expect(JSON.parse(result?.text ?? '')).toEqual({ cookie, user: 'ada', other: 1, page: 1 });
    expect(parsed).toEqual([others]);
    result?.confirm();
    expect(await one.end()).toEqual(merged());
  });

  test('is parsed as a whole where the app has a serializer, whose members may depend on one another', async () => {
    const serializer = {
      parse: (text: string): SessionData => {
        const { cookie: stored, version, user } = JSON.parse(text);
        if (version !== 2) throw new Error('an unknown version');
        return JSON.parse(JSON.stringify({ cookie: stored, user: String(user).toLowerCase() }));
      },
      stringify: (session: SessionData) =>
        JSON.stringify({ version: 2, ...session, user: String(Reflect.get(session, 'user')).toUpperCase() }),
    };
    const [ada, eve] = [textOf({ version: 2, user: 'ADA' }), textOf({ version: 2, user: 'EVE' })];
    const result = await merge([save(loaded(ada), eve)], ada, { serializer }).merging;
    expect(result?.text).toBe(eve);
  });
});

describe('Writes of several requests', () => {
  test('become one text, and each is told what was merged when that is stored', async () => {
    const [one, two, none] = [{ one: 1 }, { two: 2 }, {}].map((change) =>
      save(loaded(before), textOf({ user: 'ada', ...change })),
    );
    if (!one || !two || !none) throw new Error('there are three');
    const { batch, merging } = merge([one, none, two], before);
    const result = await merging;
    expect(JSON.parse(result?.text ?? '')).toEqual({ cookie, user: 'ada', one: 1, two: 2 });
    expect(batch).toEqual([one.write, two.write]);
    expect(await Promise.all([one, two, none].map((write) => write.end()))).toEqual([
      'waiting',
      'waiting',
      'unchanged',
    ]);
    result?.confirm();
    expect(await Promise.all([one, two].map((write) => write.end()))).toEqual([nobodyElse, merged()]);
  });

  test('are merged by the resolver in the order in which they came', async () => {
    const counts = [1, 10, 100].map((count) => save(loaded(textOf({ count: 0 })), textOf({ count })));
    const { merging } = merge(counts, textOf({ count: 5 }), { resolverFor: () => addUp });
    expect(JSON.parse((await merging)?.text ?? '')).toEqual({ cookie, count: 116 });
  });

  test('leave a lifetime that one of them has chosen', async () => {
    const longer = { ...cookie, originalMaxAge: 90_000, expires: '2030-01-02T00:00:00.000Z' };
    const chosen = save(loaded(before), JSON.stringify({ cookie: longer, user: 'ada' }));
    const other = save(loaded(before), textOf({ user: 'eve' }));
    const result = await merge([chosen, other], before).merging;
    expect(JSON.parse(result?.text ?? '')).toEqual({ cookie: longer, user: 'eve' });
    expect(result?.ttlMs).toBe(90_000);
  });
});

describe('Saves of one session object in one batch', () => {
  const page = (number: number) => textOf({ user: 'ada', page: number });

  test('count in their order: the last one is stored, and each ends when it is', async () => {
    const snapshot = loaded(page(1));
    const saves = [page(2), page(3), page(1)].map((text) => save(snapshot, text));
    const { batch, merging } = merge(saves, page(1));
    const result = await merging;
    expect(result?.text).toBe(page(1));
    expect(batch).toHaveLength(3);
    result?.confirm();
    expect(await Promise.all(saves.map(({ end }) => end()))).toEqual([nobodyElse, nobodyElse, nobodyElse]);
    expect(snapshot).toMatchObject({ storedText: page(1), seenText: page(1) });
  });

  test('of which the second changes nothing more end together', async () => {
    const snapshot = loaded(page(1));
    const saves = [page(2), page(2)].map((text) => save(snapshot, text));
    const { batch, merging } = merge(saves, page(1));
    const result = await merging;
    expect(batch).toHaveLength(2);
    expect(await saves[1]?.end()).toBe('waiting');
    result?.confirm();
    expect(await saves[1]?.end()).toEqual(nobodyElse);
  });

  test('do not undo what another has stored in between', async () => {
    const snapshot = loaded(page(1));
    const saves = [page(2), page(1)].map((text) => save(snapshot, text));
    const other = save(loaded(page(1)), textOf({ user: 'eve', page: 1 }));
    const [first, second] = saves;
    if (!first || !second) throw new Error('there are two');
    const { merging } = merge([first, other, second], page(1));
    expect(JSON.parse((await merging)?.text ?? '')).toEqual({ cookie, user: 'eve', page: 1 });
  });

  test('are compared with what was loaded where the one before has failed in the meantime', async () => {
    const snapshot = loaded(page(1));
    const [first, second] = [page(2), page(3)].map((text) => save(snapshot, text));
    if (!first || !second) throw new Error('there are two');
    await merge([first, second], page(1)).merging;
    const seen: unknown[] = [];
    const resolverFor = () => (conflict: { seen: unknown; mine: unknown }) => {
      seen.push(conflict.seen);
      if (conflict.mine === 2) throw new Error('a mistake in the app');
      return conflict.mine;
    };
    const result = await merge([first, second], page(4), { resolverFor }).merging;
    expect(seen).toEqual([1, 1]);
    expect(result?.text).toBe(page(3));
  });
});
