import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port on loopback that the kernel says is free. Another process may take it before it is used. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError(`no TCP address: ${address}`);
  server.close();
  await once(server, 'close');
  return address.port;
}
