// Requests as bytes, for what no HTTP client would send.

import { once } from 'node:events';
import { connect } from 'node:net';

/** A whole answer: its status (0 when what came is no HTTP), its head and its body as they came. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/**
 * Sends the bytes on a connection of its own and reads until the other side closes it.
 * @param text in Latin-1: one character is one byte
 * @throws when the connection is still open after `deadlineMs`
 */
export async function sendRaw(baseUrl: string, text: string, deadlineMs = 15_000): Promise<RawAnswer> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect({ host: hostname, port: Number(port) });
  const chunks: Buffer[] = [];
  // A reset after the answer is no matter: what came before it counts.
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
  const timer = setTimeout(() => socket.destroy(new Error('deadline')), deadlineMs);
  let late = false;
  socket.once('error', (error) => {
    late = error.message === 'deadline';
  });
  socket.write(text, 'latin1');
  await once(socket, 'close');
  clearTimeout(timer);
  if (late)
    throw new Error(`no end of the answer in ${deadlineMs} ms to ${JSON.stringify(text.slice(0, 300))}`);
  return parse(Buffer.concat(chunks).toString('latin1'));
}

function parse(text: string): RawAnswer {
  const [, status = '0'] = /^HTTP\/1\.\d (\d{3}) /.exec(text) ?? [];
  const end = text.indexOf('\r\n\r\n');
  return { status: Number(status), head: text.slice(0, end), body: text.slice(end + 4) };
}
