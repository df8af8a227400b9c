// What Node's parser refuses, each with a body that is larger than the app takes.

const body = 'x'.repeat(63_000);
const head = (line: string, ...more: string[]) =>
  [line, 'Host: 127.0.0.1', 'Content-Type: application/json', `Content-Length: ${body.length}`, ...more].join(
    '\r\n',
  );

export const malformedRequests: Readonly<Record<string, string>> = {
  'an unknown method': `${head('FOO /api/v1/me HTTP/1.1')}\r\n\r\n${body}`,
  'a control character in a header': `${head('POST /api/v1/me HTTP/1.1', 'X-Any: a\x01b')}\r\n\r\n${body}`,
  '21 KB of headers': `${head(
    'POST /api/v1/me HTTP/1.1',
    ...[1, 2, 3].map((n) => `X-Any-${n}: ${'x'.repeat(7_000)}`),
  )}\r\n\r\n${body}`,
};
