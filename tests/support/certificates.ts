// Certificates for servers of tests, made by openssl in a folder of the test's own.

import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** An authority and a certificate that it has signed. All are paths of PEM files. */
export interface Certificates extends AsyncDisposable {
  /** The authority's own certificate, which clients trust. */
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

/** @param name for whom the certificate is, as openssl has it: `IP:127.0.0.1` or `DNS:localhost` */
export async function makeCertificates(name: string): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'test-certificates-'));
  // Postgres runs as another user, and reads its own copy of the key.
  await chmod(folder, 0o755);
  const path = (file: string) => join(folder, file);
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-noenc'];
  const openssl = (...args: readonly string[]) => run('openssl', [...args], { cwd: folder });
  const own = ['-subj', '/CN=authority of a test', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2'];
  await openssl('req', '-x509', ...newKey, ...own);
  await openssl('req', ...newKey, '-subj', '/CN=server', '-keyout', 'server.key', '-out', 'server.csr');
  await writeFile(path('names'), `subjectAltName=${name}`);
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names', '-days', '2'];
  await openssl('x509', '-req', '-in', 'server.csr', ...signed, '-out', 'server.pem');
  return {
    authority: path('ca.pem'),
    certificate: path('server.pem'),
    key: path('server.key'),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A file's text, for a client that wants it so. */
export const readPem = (path: string): Promise<string> => readFile(path, 'utf8');
