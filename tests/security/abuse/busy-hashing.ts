// What a flood of logins is compared with: a time in which people's own logins keep every hash thread busy. On a machine
// with fewer cores than hash threads that alone makes reads wait, whoever the logins come from.

import { setTimeout as sleep } from 'node:timers/promises';
import { ClientAt } from '../../support/addresses.ts';
import type { Site } from '../site.ts';

/** Right logins from other addresses for so many milliseconds, three under way for each instance. */
export async function keepHashing(site: Site, forMs: number): Promise<void> {
  const { credentials } = await site.user();
  const login = {
    ...{ method: 'POST', path: '/api/v1/login', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify(credentials),
  };
  const end = new AbortController();
  const people = Array.from({ length: 3 * site.instances.length }, async (_, n) => {
    using client = new ClientAt(site.baseUrl, `127.0.0.${230 + n}`);
    while (!end.signal.aborted) {
      const { status } = await client.send(login);
      // 503: it waited for too long.
      if (status !== 200 && status !== 503) throw new Error(`a right login was answered with ${status}`);
    }
  });
  await sleep(forMs);
  end.abort();
  await Promise.all(people);
}
