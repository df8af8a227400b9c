// Requests that nobody would send on purpose, and some that are nearly right: the wilder a request, the sooner it is
// refused, and what lies behind the first checks would never be reached.

import fc from 'fast-check';
import { bodies, bytes, headerValues, type Known, long, printable, routeLines } from './request-parts.ts';

export interface MadeUpRequest {
  /** As it is sent: one character is one byte. */
  readonly text: string;
  /** Whether it is well framed: it has an end, so it has to be answered. */
  readonly isWhole: boolean;
  readonly isHead: boolean;
}

/** Headers with which nobody can say where the request ends. */
const framing = /^(transfer-encoding|content-length|expect|upgrade|connection)$/i;

/** @param known what makes some of them nearly right */
export function madeUpRequests(known: Known): fc.Arbitrary<MadeUpRequest> {
  const values = headerValues(known);
  const header = fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .constantFrom(...Object.keys(values))
        .chain((name) => (values[name] ?? printable(1)).map((value) => [name, value] as const)),
    },
    { weight: 1, arbitrary: fc.tuple(bytes(20), bytes(60)) },
    { weight: 1, arbitrary: fc.tuple(printable(12), long(24_000)) },
  );
  return fc
    .record({
      route: routeLines,
      version: fc.oneof(
        { weight: 30, arbitrary: fc.constant(' HTTP/1.1') },
        fc.constantFrom(' HTTP/1.0', ' HTTP/1.2', ' HTTP/2.0', ' HTTQ/1.1', ''),
      ),
      host: fc.oneof({ weight: 20, arbitrary: fc.constant(true) }, fc.constant(false)),
      cookie: fc.option(fc.constantFrom(...known.cookies)),
      headers: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(header, { maxLength: 4 })),
      body: fc.option(bodies(known), { freq: 3 }),
      framing: fc.oneof(
        { weight: 12, arbitrary: fc.constant('length') },
        fc.constantFrom('chunked', 'short', 'none', 'broken chunk'),
      ),
      damage: fc.oneof(
        { weight: 8, arbitrary: fc.constant(null) },
        fc.record({
          at: fc.double({ min: 0, max: 1, noNaN: true }),
          cut: fc.integer({ min: 0, max: 40 }),
          put: bytes(20),
        }),
      ),
    })
    .map((parts) => assemble(parts, known.host));
}

interface Parts {
  readonly route: { readonly method: string; readonly path: string };
  readonly version: string;
  readonly host: boolean;
  readonly cookie: string | null;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | null;
  readonly framing: string;
  readonly damage: { readonly at: number; readonly cut: number; readonly put: string } | null;
}

function assemble(
  { route, version, host, cookie, headers, body, framing: way, damage }: Parts,
  name: string,
): MadeUpRequest {
  const content = body ?? '';
  const sized: Readonly<Record<string, readonly [string, string]>> = {
    length: [`Content-Length: ${content.length}`, content],
    chunked: ['Transfer-Encoding: chunked', `${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`],
    short: [`Content-Length: ${content.length + 7}`, content],
    'broken chunk': ['Transfer-Encoding: chunked', `zz\r\n${content}`],
    none: ['X-None: 1', content],
  };
  const hasBody = body !== null;
  const [line = '', sent = ''] = hasBody ? (sized[way] ?? []) : [];
  const text = [
    `${route.method} ${route.path}${version}`,
    ...(host ? [`Host: ${name}`] : []),
    ...(cookie === null ? [] : [`Cookie: ${cookie}`]),
    ...(hasBody ? ['Content-Type: application/json', line] : []),
    ...headers.map(([key, value]) => `${key}: ${value}`),
    '',
    sent,
  ].join('\r\n');
  const isPlain = /^[\w-]+ [!-~]+ HTTP\/1\.1$/.test(`${route.method} ${route.path}${version}`);
  const isFramed = !hasBody || way === 'length' || (way === 'chunked' && content !== '');
  const isClear = headers.every(
    ([key, value]) => /^[\w-]+$/.test(key) && !framing.test(key) && !/[\r\n]/.test(value),
  );
  return {
    text: damage === null ? text : damaged(text, damage),
    isWhole: damage === null && isPlain && isFramed && isClear,
    isHead: route.method === 'HEAD',
  };
}

function damaged(text: string, { at, cut, put }: NonNullable<Parts['damage']>): string {
  const place = Math.floor(at * text.length);
  return text.slice(0, place) + put + text.slice(place + cut);
}
