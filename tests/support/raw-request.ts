// Requests as bytes, for what no HTTP client sends.

import { connect } from 'node:net';

/**
 * Sends the text as it is, one byte for each character, and resolves with all that came back when the connection is closed.
 * @throws when the connection breaks (a reset, for instance) or stays open for longer than `deadlineMs`
 */
export async function rawRequest(
  base: string,
  text: string,
  { localAddress, deadlineMs = 15_000 }: { localAddress?: string; deadlineMs?: number } = {},
): Promise<string> {
  const { hostname, port } = new URL(base);
  const target = { host: hostname, port: Number(port), ...(localAddress !== undefined && { localAddress }) };
  const socket = connect(target);
  try {
    const answer = socket.setEncoding('latin1').toArray({ signal: AbortSignal.timeout(deadlineMs) });
    socket.write(text, 'latin1');
    return (await answer).join('');
  } finally {
    socket.destroy();
  }
}
