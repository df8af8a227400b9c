// Certificates for the connections to Redis and Postgres.

import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** @returns the PEM file's text, or undefined when it cannot be read or does not begin with a certificate */
export function readAuthorities(path: string): string | undefined {
  try {
    const pem = readFileSync(path, 'utf8');
    // Node's TLS ignores what it cannot read here, and would then trust nobody.
    new X509Certificate(pem);
    return pem;
  } catch {
    return undefined;
  }
}

/**
 * Whether the TLS that an address of Postgres asks for is checked, certificate and host. It is with `sslmode=verify-full`.
 * pg (8.23) treats `prefer`, `require` and `verify-ca` the same and warns that this will change; with `no-verify`, or with
 * `uselibpqcompat`, it accepts any certificate. https://node-postgres.com/features/ssl
 * @returns true for an address without TLS, too, and for what is no address
 */
export function hasSoundTls(address: string): boolean {
  if (!URL.canParse(address)) return true;
  const { searchParams } = new URL(address);
  const mode = searchParams.get('sslmode');
  const authorities = searchParams.get('sslrootcert');
  if (searchParams.has('ssl') || searchParams.has('uselibpqcompat')) return false;
  if (mode !== 'verify-full') return mode === 'disable' || (mode === null && authorities === null);
  return authorities === null || readAuthorities(authorities) !== undefined;
}
