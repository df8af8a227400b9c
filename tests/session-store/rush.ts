// Requests of one session that act at the same moment, each on its own: what they find there depends on the race, so
// the check is on what has to be true whoever wins.

import type { Arbitrary } from 'fast-check';
import fc from 'fast-check';
import { SessionGone } from '../../services/session-store/src/errors.ts';
import type { Instance, TestRequest } from '../support/session-requests.ts';
import type { ReadStored, Violation } from './scenario.ts';

export interface Actor {
  readonly act: 'write' | 'renew' | 'log in' | 'log out';
  readonly writes: 1 | 2;
  readonly instance: 0 | 1;
  /** SessionWriteQueue of the event loop before it acts. */
  readonly delay: number;
}

export const rush: Arbitrary<readonly Actor[]> = fc.array(
  fc.record<Actor>({
    act: fc.constantFrom('write', 'write', 'write', 'write', 'renew', 'log in', 'log out'),
    writes: fc.constantFrom(1, 2),
    instance: fc.constantFrom(0, 1),
    delay: fc.nat(6),
  }),
  { minLength: 2, maxLength: 8, size: 'max' },
);

/** Each writer writes a key of its own; in the end all that were acknowledged are there, or the session has ended. */
export async function playAtOnce(
  actors: readonly Actor[],
  instances: readonly [Instance, Instance],
  readStored: ReadStored,
): Promise<Violation[]> {
  const first = instances[0].newRequest();
  first.session.start = true;
  await first.save();
  const acknowledged = new Set<string>(['start']);
  const ends = actors.some(({ act }) => act === 'log in' || act === 'log out');
  const violations: Violation[] = [];

  const loaded = await Promise.all(actors.map(({ instance }) => instances[instance].load(first.id)));
  await Promise.all(
    actors.map(async (actor, index) => {
      const request = loaded[index];
      if (request === undefined) throw new Error('the session was there');
      for (let turn = 0; turn < actor.delay; turn++) await new Promise(setImmediate);
      if (actor.act === 'renew') await request.touch();
      else if (actor.act === 'log out') await request.destroy();
      else if (actor.act === 'log in') await request.regenerate();
      else await write(request, actor.writes, `key${index}`);
    }),
  );

  async function write(request: TestRequest, writes: number, key: string): Promise<void> {
    try {
      for (let count = 1; count <= writes; count++) {
        request.session[`${key}.${count}`] = true;
        await request.save();
        acknowledged.add(`${key}.${count}`);
      }
    } catch (error) {
      if (!(error instanceof SessionGone)) throw error;
      if (!ends) violations.push({ kind: 'lost', detail: 'a session that had not ended was refused' });
    }
  }

  const [text] = await readStored([first.id]);
  if (ends) {
    return text === null ? violations : [...violations, { kind: 'came back', detail: String(text) }];
  }
  const found: Record<string, unknown> = JSON.parse(text ?? '{}');
  const lost = [...acknowledged].filter((key) => found[key] !== true);
  return [...violations, ...lost.map((detail): Violation => ({ kind: 'lost', detail }))];
}
