// The two messages of DNS that are needed here (RFC 1035, section 4): a question for one name, and the answer to it with
// IPv4 addresses. By hand, because the question is sent back as it came and each record has the same 16 bytes.

/** A question. */
export interface Query {
  readonly id: number;
  /** Whether the sender wants recursion; the answer repeats it. */
  readonly recursionDesired: boolean;
  /** In lower case, without a dot at its end. */
  readonly name: string;
  /** 1: IPv4 addresses. */
  readonly type: number;
  /** The question as it came, with its type and class. */
  readonly question: Buffer;
}

export const typeA = 1;
const classInternet = 1;

export const noError = 0;
/** The name is not known, which empties the list of whoever asked. */
export const nameError = 3;
/** Somebody else has to be asked. */
export const refused = 5;

const headerBytes = 12;

/** Reads a question. Undefined for whatever else a datagram may hold: nothing is answered then. */
export function parseQuery(message: Buffer): Query | undefined {
  if (message.length < headerBytes) return undefined;
  const flags = message.readUInt16BE(2);
  const isQuestion = (flags & 0x8000) === 0 && (flags & 0x7800) === 0;
  if (!isQuestion || message.readUInt16BE(4) !== 1) return undefined;

  const labels: string[] = [];
  let at = headerBytes;
  for (;;) {
    const length = message[at++];
    // Above 63 it is a pointer, and in a question there is nothing to point to.
    if (length === undefined || length > 63) return undefined;
    if (length === 0) break;
    if (at + length > message.length) return undefined;
    labels.push(message.toString('latin1', at, at + length));
    at += length;
  }
  const end = at + 4;
  if (end > message.length || end - headerBytes > 255 + 4) return undefined;
  if (message.readUInt16BE(at + 2) !== classInternet) return undefined;
  return {
    id: message.readUInt16BE(0),
    recursionDesired: (flags & 0x0100) !== 0,
    name: labels.join('.').toLowerCase(),
    type: message.readUInt16BE(at),
    // A copy: the datagram's memory is used again.
    question: Buffer.from(message.subarray(headerBytes, end)),
  };
}

/**
 * The answer to a question.
 *
 * No address may be kept (TTL 0). It is never truncated: nginx reads 4096 bytes of a datagram (NGX_RESOLVER_UDP_SIZE),
 * which hold more than 200 addresses.
 *
 * @param code {@link noError}, {@link nameError} or {@link refused}
 * @param addresses IPv4, for a question of {@link typeA}
 */
export function encodeAnswer(query: Query, code: number, addresses: readonly string[] = []): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(query.id, 0);
  // A response (0x8000) of the one who knows (0x0400).
  header.writeUInt16BE(0x8400 | (query.recursionDesired ? 0x0100 : 0) | code, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  return Buffer.concat([header, query.question, ...addresses.map(record)]);
}

function record(address: string): Buffer {
  const bytes = Buffer.alloc(16);
  // The name: a pointer to that of the question.
  bytes.writeUInt16BE(0xc000 | headerBytes, 0);
  bytes.writeUInt16BE(typeA, 2);
  bytes.writeUInt16BE(classInternet, 4);
  bytes.writeUInt32BE(0, 6);
  bytes.writeUInt16BE(4, 10);
  for (const [index, part] of address.split('.').entries()) bytes.writeUInt8(Number(part), 12 + index);
  return bytes;
}
