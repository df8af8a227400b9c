import type { Pool } from 'undici';

export interface Answer {
  /** 0 when there was none. */
  readonly status: number;
  /** It has a Retry-After. */
  readonly saysWhen: boolean;
  readonly ms: number;
}

/** Asks an instance who the person with this cookie is. Never throws. */
export async function askWhoAmI(target: Pool, cookie: string): Promise<Answer> {
  const beganMs = performance.now();
  const ms = () => performance.now() - beganMs;
  try {
    const { statusCode, headers, body } = await target.request({
      ...{ method: 'GET', path: '/api/v1/me', headers: { cookie } },
    });
    await body.dump();
    return { status: statusCode, saysWhen: headers['retry-after'] !== undefined, ms: ms() };
  } catch {
    return { status: 0, saysWhen: false, ms: ms() };
  }
}
