// What requests are made up of: lines, headers and bodies, most of them nearly right.

import fc from 'fast-check';

/** What makes some of the requests nearly right. */
export interface Known {
  readonly host: string;
  /** Of users who are logged in. */
  readonly cookies: readonly string[];
  readonly credentials: readonly { readonly username: string; readonly password: string }[];
}

/** Every route, with each of its methods. */
const routes: readonly (readonly [method: string, path: string])[] = [
  ['POST', '/api/v1/signup'],
  ['POST', '/api/v1/login'],
  ['POST', '/api/v1/logout'],
  ['POST', '/api/v1/password'],
  ['GET', '/api/v1/sessions'],
  ['DELETE', '/api/v1/sessions'],
  ['DELETE', '/api/v1/sessions/some-name'],
  ['GET', '/api/v1/me'],
  ['GET', '/api/v1/protected'],
  ['GET', '/api/v1/cart'],
  ['POST', '/api/v1/cart/items'],
  ['DELETE', '/api/v1/cart/items/apple'],
  ['GET', '/livez'],
  ['GET', '/readyz'],
  ['GET', '/favicon.ico'],
  ['GET', '/'],
];

const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
export const bytes = (maxLength: number) => fc.string({ unit: byte, maxLength });
export const printable = (maxLength: number) => fc.string({ maxLength });
const repeated = (most: number) =>
  fc.tuple(
    fc.constantFrom('a', '%41', '../', '[', '{"a":', '\u00ff', ' '),
    fc.integer({ min: 1, max: most }),
  );
export const long = (most: number) =>
  repeated(most).map(([text, times]) => text.repeat(times).slice(0, most));

const oddMethods = ['PUT', 'PATCH', 'TRACE', 'CONNECT', 'PROPFIND', 'FOO', 'get', 'GET\t', 'M-SEARCH', ''];
const oddPaths = [
  '//api/v1/me',
  '/api/v1/./me',
  '/api/v1/../../etc/passwd',
  '/API/V1/ME',
  '/api/v1/me/',
  '/api/v1/me;x=1',
  '/api%2fv1%2fme',
  '/api/v1/cart/items/%E0%A4%A',
  '/api/v1/cart/items/%00',
  '/api/v1/cart/items/__proto__',
  '/api/v1/cart/items/constructor',
  'http://other.example/api/v1/me',
  '*',
  'api/v1/me',
  '/api/v1/me#x',
  '/\\me',
];

/** A method and a path. */
export const routeLines = fc.constantFrom(...routes).chain(([method, path]) =>
  fc.record({
    method: fc.oneof(
      { weight: 12, arbitrary: fc.constant(method) },
      { weight: 2, arbitrary: fc.constantFrom('GET', 'POST', 'DELETE', 'HEAD', 'OPTIONS') },
      { weight: 1, arbitrary: fc.oneof(fc.constantFrom(...oddMethods), printable(12), long(300)) },
    ),
    path: fc.oneof(
      { weight: 12, arbitrary: fc.constant(path) },
      { weight: 2, arbitrary: fc.webQueryParameters().map((query) => `${path}?${query}`) },
      { weight: 2, arbitrary: fc.constantFrom(...oddPaths) },
      { weight: 1, arbitrary: fc.oneof(bytes(60), long(9000)).map((text) => `/${text}`) },
    ),
  }),
);

/** Headers by name, with values that belong there, and some that do not. */
export const headerValues = (known: Known): Readonly<Record<string, fc.Arbitrary<string>>> => ({
  Cookie: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...known.cookies) },
    fc
      .constantFrom(...known.cookies)
      .chain((cookie) =>
        fc.integer({ min: 0, max: cookie.length }).map((at) => cookie.slice(0, at) + cookie.slice(at + 1)),
      ),
    bytes(80).map((text) => `sid=s%3A${text}`),
    long(9000).map((text) => `sid=${text}`),
  ),
  'Content-Type': fc.constantFrom(
    'application/json',
    'application/json; charset=utf-16',
    'text/plain',
    'x',
    '',
  ),
  'Content-Encoding': fc.constantFrom('gzip', 'br', 'identity', 'x'),
  'Accept-Encoding': fc.constantFrom('gzip', '*;q=0', 'identity'),
  Expect: fc.constantFrom('100-continue', 'x'),
  Origin: fc.oneof(fc.webUrl(), fc.constantFrom('null', '', `http://${known.host}`, 'http://[')),
  'Sec-Fetch-Site': fc.constantFrom('same-origin', 'none', 'cross-site', 'x'),
  'X-Forwarded-For': fc.oneof(fc.ipV4(), fc.ipV6(), printable(40)),
  'X-Forwarded-Proto': fc.constantFrom('https', 'http', 'x'),
  'X-Forwarded-Host': fc.oneof(fc.domain(), bytes(20)),
  'X-Request-Id': printable(80),
  'Idempotency-Key': fc.oneof(
    fc.uuid().map((id) => `"${id}"`),
    bytes(40),
    long(400),
  ),
  'Transfer-Encoding': fc.constantFrom('chunked', 'gzip, chunked', 'identity', 'x'),
  'Content-Length': fc.constantFrom('0', '5', '-1', '99999999999999999999', '5, 5', 'x', '70000'),
  Connection: fc.constantFrom('keep-alive', 'close', 'upgrade', 'X-Served-By', 'x'),
  Upgrade: fc.constantFrom('h2c', 'websocket', 'x'),
  Range: fc.constantFrom('bytes=0-0', 'bytes=0-,0-,0-', 'x'),
  Host: fc.oneof(fc.domain(), fc.constantFrom('', 'a b', '[::1', 'other.example:99999'), bytes(20)),
  Authorization: printable(60),
  'User-Agent': fc.oneof(bytes(120), long(5000)),
});

export const bodies = (known: Known): fc.Arbitrary<string> => {
  const credentials = fc.constantFrom(...known.credentials);
  const field = fc.oneof(
    printable(300),
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const objects = fc.oneof(
    credentials,
    credentials.map(({ username }) => ({ username, password: 'not the right one' })),
    fc.record({ username: field, password: field }, { requiredKeys: [] }),
    fc.record({ currentPassword: field, newPassword: field }),
    fc.record({
      sku: fc.oneof(field, fc.constant('apple')),
      quantity: fc.oneof(field, fc.integer(), fc.double()),
    }),
    fc.array(fc.record({ sku: fc.constant('apple'), quantity: fc.integer() }), { maxLength: 60 }),
    fc.jsonValue({ maxDepth: 6 }),
    fc.constantFrom({ ['__proto__']: { a: 1 } }, { constructor: { prototype: { a: 1 } } }),
  );
  return fc.oneof(
    {
      weight: 12,
      arbitrary: objects.map((value) => Buffer.from(JSON.stringify(value) ?? '').toString('latin1')),
    },
    { weight: 2, arbitrary: bytes(200) },
    { weight: 1, arbitrary: long(20_000) },
    {
      weight: 1,
      arbitrary: fc.integer({ min: 16_000, max: 70_000 }).map((length) => `"${'x'.repeat(length)}"`),
    },
  );
};
