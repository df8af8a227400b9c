// What an instance says of itself, or does not say.

import { request } from 'node:http';

/**
 * - `ready`: it may get traffic.
 * - `draining`: it was told to stop. It still answers, so that nobody is lost until it is off the proxy's list.
 * - `unready`: it says that it cannot serve, because Redis or Postgres does not answer it.
 * - `refused`: nobody listens there, not yet or not any more.
 * - `silent`: no answer in time. It is frozen, its machine is gone, or all are too busy.
 */
export type State = 'ready' | 'draining' | 'unready' | 'refused' | 'silent';

/**
 * Asks GET /readyz on a connection of its own: one that is kept open would have to be waited for when the instance drains.
 * Never rejects.
 *
 * @param deadlineMs for all of it, the connection included
 */
export function stateOf(address: string, port: number, deadlineMs: number): Promise<State> {
  return new Promise((resolve) => {
    const asking = request({
      ...{ host: address, port, path: '/readyz', agent: false },
      // An instance serves only hosts that it knows, but says to everybody how it is.
      headers: { Connection: 'close' },
      signal: AbortSignal.timeout(deadlineMs),
    });
    asking.on('error', (error) =>
      resolve('code' in error && error.code === 'ECONNREFUSED' ? 'refused' : 'silent'),
    );
    asking.on('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', () => resolve('silent'));
      response.on('end', () => {
        if (response.statusCode === 200) resolve('ready');
        else resolve(isDraining(Buffer.concat(pieces).toString()) ? 'draining' : 'unready');
      });
    });
    asking.end();
  });
}

function isDraining(body: string): boolean {
  try {
    const said: unknown = JSON.parse(body);
    return typeof said === 'object' && said !== null && 'message' in said && said.message === 'draining';
  } catch {
    return false;
  }
}
