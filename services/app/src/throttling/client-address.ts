// Who counts as one client: an IPv4 address, or the /64 of an IPv6 address, which one subscriber has to himself and out
// of which he can take another address for each request (RFC 6177).

import type { Request } from 'express';

/** The client of a request, by the address that the trusted proxy names (TRUST_PROXY). */
export function clientOf(req: Request): string {
  return addressBlock(req.ip ?? req.socket.remoteAddress ?? 'unknown');
}

/** @param address as Node writes it, also an IPv4 address in IPv6 form (`::ffff:192.0.2.1`) or one with a zone */
export function addressBlock(address: string): string {
  const [plain = ''] = address.toLowerCase().split('%', 1);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(plain)?.[1];
  if (mapped !== undefined) return mapped;
  if (!plain.includes(':')) return plain;
  const [head = '', tail = ''] = plain.split('::', 2);
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = plain.includes('::') ? Math.max(8 - before.length - after.length, 0) : 0;
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
