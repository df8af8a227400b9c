import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { encodeAnswer, noError, parseQuery, refused, typeA } from './dns-message.ts';

export interface DnsServer extends AsyncDisposable {
  readonly port: number;
}

export interface DnsServerOptions {
  /** 0 takes a free one. */
  readonly port: number;
  /** The one name that is known. */
  readonly name: string;
  /** Called for each question for the name's addresses. Undefined: not known yet, so nothing is answered. */
  readonly answer: () => readonly string[] | undefined;
}

/** A DNS server (UDP) for the addresses of one name. Other names are refused, malformed messages not answered. */
export async function serveDns({ port, name, answer }: DnsServerOptions): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const known = name.toLowerCase();

  const answerTo = (message: Buffer): Buffer | undefined => {
    const query = parseQuery(message);
    if (query === undefined) return undefined;
    if (query.name !== known) return encodeAnswer(query, refused);
    // The name exists, but has nothing else than IPv4 addresses.
    if (query.type !== typeA) return encodeAnswer(query, noError);
    const addresses = answer();
    return addresses && encodeAnswer(query, noError, addresses);
  };
  socket.on('message', (message: Buffer, from: RemoteInfo) => {
    const reply = answerTo(message);
    // Whoever asked and has gone is not missed.
    if (reply) socket.send(reply, from.port, from.address, () => {});
  });

  socket.bind(port);
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
}
