// Random sequences of requests of one user, on two instances: they read, write, renew, end and regenerate the session in
// any order. A model beside them knows what Redis has to hold afterwards. Each step is what express-session does for a
// request.

import type { Arbitrary } from 'fast-check';
import fc from 'fast-check';
import { SessionGone } from '../../services/session-store/src/errors.ts';
import type { Instance, TestRequest } from '../support/session-requests.ts';

export interface Step {
  /** Which of the requests under way does it. A new request loads the user's present session first. */
  readonly request: 0 | 1 | 2 | 3;
  readonly act: 'load' | 'write' | 'remove' | 'renew' | 'reload' | 'log in' | 'log out' | 'answer';
  readonly key: 'a' | 'b' | 'c';
}

/** `lost`: a write was acknowledged and is not there. `came back`: a session is there that had been ended. */
export interface Violation {
  readonly kind: 'lost' | 'came back' | 'not told';
  readonly detail: string;
}

export const scenario: Arbitrary<readonly Step[]> = fc.array(
  fc.record<Step>({
    request: fc.constantFrom(0, 1, 2, 3),
    act: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom<Step['act']>('load', 'write') },
      { weight: 3, arbitrary: fc.constantFrom<Step['act']>('remove', 'renew', 'reload', 'answer') },
      { weight: 2, arbitrary: fc.constantFrom<Step['act']>('log in', 'log out') },
    ),
    key: fc.constantFrom('a', 'b', 'c'),
  }),
  { maxLength: 14, size: 'max' },
);

type Content = Readonly<Record<string, unknown>>;

interface UnderWay {
  readonly request: TestRequest;
  /** What it saw of the session when it loaded or last saved it; none for a session that was never saved. */
  seen: Content | undefined;
}

/** Gives the text that Redis has for each session, in order. */
export type ReadStored = (ids: readonly string[]) => Promise<readonly (string | null)[]>;

/** Plays a scenario step by step and compares what Redis holds in the end with what was acknowledged. */
export async function play(
  steps: readonly Step[],
  instances: readonly [Instance, Instance],
  readStored: ReadStored,
): Promise<Violation[]> {
  const run = new ScenarioRun(instances);
  await run.begin();
  for (const [index, step] of steps.entries()) await run.play(step, index);
  return [...run.violations, ...(await run.compare(readStored))];
}

class ScenarioRun {
  readonly violations: Violation[] = [];
  readonly #instances: readonly [Instance, Instance];
  readonly #underWay = new Map<number, UnderWay>();
  /** The model: what each session that has not ended has to hold. */
  readonly #alive = new Map<string, Content>();
  readonly #ids = new Set<string>();
  /** The id in the user's cookie. */
  #cookie = '';

  constructor(instances: readonly [Instance, Instance]) {
    this.#instances = instances;
  }

  async begin(): Promise<void> {
    const request = this.#instances[0].newRequest();
    request.session.a = 'from the start';
    await this.#save({ request, seen: undefined });
  }

  async play(step: Step, index: number): Promise<void> {
    const current = this.#underWay.get(step.request) ?? (await this.#arrive(step.request));
    const { request } = current;
    switch (step.act) {
      case 'load':
        return;
      case 'write':
        request.session[step.key] = `written in step ${index}`;
        return this.#save(current);
      case 'remove':
        delete request.session[step.key];
        return this.#save(current);
      case 'renew':
        return request.touch();
      case 'reload':
        return this.#reload(current);
      case 'log in':
        this.#alive.delete(request.id);
        await request.regenerate();
        request.session.user = `logged in in step ${index}`;
        current.seen = undefined;
        return this.#save(current);
      case 'log out':
        this.#alive.delete(request.id);
        await request.destroy();
        this.#underWay.delete(step.request);
        return;
      case 'answer':
        this.#underWay.delete(step.request);
    }
  }

  async compare(readStored: ReadStored): Promise<Violation[]> {
    const ids = [...this.#ids];
    const texts = await readStored(ids);
    return ids.flatMap((id, index): Violation[] => {
      const text = texts[index] ?? null;
      const expected = this.#alive.get(id);
      if (expected === undefined) {
        return text === null
          ? []
          : [{ kind: 'came back', detail: `an ended session is there again: ${text}` }];
      }
      const found = text === null ? undefined : withoutCookie(JSON.parse(text));
      const same = JSON.stringify(sorted(found)) === JSON.stringify(sorted(expected));
      const detail = `expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
      return same ? [] : [{ kind: 'lost', detail }];
    });
  }

  async #arrive(slot: number): Promise<UnderWay> {
    const instance = this.#instances[slot % 2 === 0 ? 0 : 1];
    const loaded = await instance.load(this.#cookie);
    const request = loaded ?? instance.newRequest();
    const current = { request, seen: loaded === undefined ? undefined : { ...loaded.content } };
    this.#underWay.set(slot, current);
    return current;
  }

  async #save(current: UnderWay): Promise<void> {
    const { request, seen } = current;
    const mine = { ...request.content };
    const changes = changesBetween(seen ?? {}, mine);
    const stored = this.#alive.get(request.id);
    this.#ids.add(request.id);
    try {
      await request.save();
    } catch (error) {
      if (!(error instanceof SessionGone)) throw error;
      if (seen === undefined || stored !== undefined) {
        this.violations.push({ kind: 'lost', detail: 'a session that had not ended was refused' });
      }
      return;
    }
    current.seen = mine;
    if (seen === undefined) {
      this.#alive.set(request.id, mine);
      this.#cookie = request.id;
    } else if (stored !== undefined) {
      this.#alive.set(request.id, changes(stored));
    } else if (JSON.stringify(sorted(seen)) !== JSON.stringify(sorted(mine))) {
      this.violations.push({ kind: 'not told', detail: 'a write to an ended session was acknowledged' });
    }
  }

  async #reload(current: UnderWay): Promise<void> {
    const expected = this.#alive.get(current.request.id);
    try {
      await current.request.reload();
      current.seen = { ...current.request.content };
    } catch (error) {
      // express-session's own error for a session that is not there.
      if (expected !== undefined || !String(error).includes('failed to load session')) throw error;
    }
  }
}

function changesBetween(before: Content, after: Content): (content: Content) => Content {
  return (content) => {
    const result = { ...content };
    for (const key of Object.keys(before)) if (!(key in after)) delete result[key];
    for (const [key, value] of Object.entries(after)) if (before[key] !== value) result[key] = value;
    return result;
  };
}

function withoutCookie({ cookie: _, ...content }: Record<string, unknown>): Content {
  return content;
}

function sorted(content: Content | undefined) {
  return content === undefined ? undefined : Object.entries(content).sort(([a], [b]) => (a < b ? -1 : 1));
}
