// How the laboratory's users speak to a proxy with TLS.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { expect, test } from '@jest/globals';
import { HttpClient } from '../../../services/lab/src/users/http-client.ts';
import { makeCertificates } from '../../support/certificates.ts';

test('to a server that offers HTTP/2 they speak HTTP/1.1: undici would lose what it sends after a GOAWAY', async () => {
  await using files = await makeCertificates('IP:127.0.0.1');
  const [cert, key] = await Promise.all([readFile(files.certificate), readFile(files.key)]);
  const server = createSecureServer({ cert, key, allowHTTP1: true }, (request, response) =>
    response.end(JSON.stringify({ httpVersion: request.httpVersion })),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await using client = new HttpClient(`https://127.0.0.1:${port}`, { trustsAnyCertificate: true });
    const answer = await client.send({ method: 'GET', path: '/' });
    expect(answer).toMatchObject({ status: 200, body: { httpVersion: '1.1' } });
  } finally {
    server.close();
  }
});
