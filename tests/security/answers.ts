// One answer of each kind: of every instance and of the proxy itself, to good and to bad requests.

import { expect } from '@jest/globals';
import type { Site } from './site.ts';

export interface SeenAnswer {
  /** Such as `GET /api/v1/me`. */
  readonly asked: string;
  readonly answer: Response;
  readonly body: string;
}

/** @returns at least one answer of each instance for each kind that instances answer, and the proxy's own */
export async function everyKindOfAnswer(site: Site): Promise<readonly SeenAnswer[]> {
  const { browser, credentials } = await site.user();
  const json = { 'Content-Type': 'application/json' };
  const ask = async (method: string, path: string, init: RequestInit = {}): Promise<SeenAnswer> => {
    const answer = await fetch(site.baseUrl + path, { method, redirect: 'manual', ...init });
    return { asked: `${method} ${path.slice(0, 40)}`, answer, body: await answer.text() };
  };
  const known = { headers: { Cookie: await browser.cookie() } };
  const kinds: (() => Promise<SeenAnswer>)[] = [
    () => ask('GET', '/api/v1/me', known),
    () => ask('GET', '/api/v1/cart', known),
    () => ask('GET', '/api/v1/me'),
    () => ask('HEAD', '/api/v1/me', known),
    () => ask('OPTIONS', '/api/v1/login'),
    () => ask('GET', '/api/v1/nothing'),
    () => ask('PUT', '/api/v1/cart'),
    () => ask('POST', '/api/v1/login', { headers: json, body: JSON.stringify(credentials) }),
    () => ask('POST', '/api/v1/login', { headers: json, body: '{' }),
    () => ask('POST', '/api/v1/login', { body: 'text' }),
    () => ask('POST', '/api/v1/cart/items', { headers: json, body: '{"sku":"apple","quantity":1}' }),
    () => ask('POST', '/api/v1/logout', { headers: { 'Sec-Fetch-Site': 'cross-site' } }),
    () => ask('DELETE', '/api/v1/cart/items/%E0%A4%A'),
  ];
  const seen: SeenAnswer[] = [];
  for (const kind of kinds) {
    const names = new Set<string | null>();
    for (let sent = 0; names.size < site.instances.length && sent < 30; sent++) {
      const one = await kind();
      seen.push(one);
      names.add(one.answer.headers.get('x-served-by'));
    }
    // Some bad requests the proxy answers by itself.
    expect([kind.toString(), names.size]).toEqual([
      kind.toString(),
      names.has(null) ? 1 : site.instances.length,
    ]);
  }
  expect(
    new Set(seen.filter(({ answer }) => answer.headers.has('x-served-by')).map(({ asked }) => asked)).size,
  ).toBeGreaterThan(8);
  // What the proxy answers without an instance.
  const large = { headers: json, body: JSON.stringify({ username: 'x'.repeat(100_000) }) };
  seen.push(await ask('GET', '/favicon.ico'));
  seen.push(await ask('GET', `/${'x'.repeat(20_000)}`));
  seen.push(await ask('POST', '/api/v1/login', large));
  return seen;
}

/** Those that do not pass, with what they have instead. For `expect(…).toEqual([])`. */
export function without(
  seen: readonly SeenAnswer[],
  header: string,
  passes: (value: string) => boolean,
): string[] {
  return seen
    .filter(({ answer }) => !passes(answer.headers.get(header) ?? ''))
    .map(({ asked, answer }) => `${asked} ${answer.status}: ${header}: ${answer.headers.get(header)}`);
}
