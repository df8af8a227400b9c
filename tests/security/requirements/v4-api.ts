import type { Declarations } from './declaration.ts';

export const v4: Declarations = {
  'V4.1.1': {
    asks: 'Every answer with a body has the Content-Type of what it holds.',
    how: "application/json for all, also for the proxy's own answers.",
  },
  'V4.1.2': {
    asks: 'An API does not redirect from HTTP to HTTPS.',
    how: 'With TLS on, plain HTTP for /api is refused with 403, and sets no cookie.',
    provenBy: [
      {
        file: 'tests/containers/tls.test.ts',
        test: 'is refused for the API, with no redirect and no cookie: %s',
      },
    ],
  },
  'V4.1.3': {
    asks: 'A client cannot set what the proxy tells the app.',
    how: 'nginx overwrites X-Forwarded-* and X-Request-Id.',
  },
  'V4.1.4': {
    asks: 'Only methods that are in use are answered.',
    how: '405 for all others, also for TRACE and unknown ones.',
  },
  'V4.1.5': {
    asks: 'Highly sensitive messages are signed one by one.',
    doesNotApply: 'There are no transactions of that kind.',
  },
  'V4.2.1': {
    asks: 'All components agree where a message ends (request smuggling).',
    how: 'Ambiguous lengths are refused, and no later answer goes to the wrong client.',
  },
  'V4.2.2': { asks: 'Content-Length says how long the answer is.', how: 'Compared byte by byte.' },
  'V4.2.3': {
    asks: 'No HTTP/2 message with headers that belong to a connection.',
    notMet: 'nginx ends HTTP/2 and speaks HTTP/1.1 to the instances; no test here sends such frames.',
  },
  'V4.2.4': {
    asks: 'No line breaks in HTTP/2 headers.',
    notMet: 'As V4.2.3: left to nginx, without a test of ours.',
  },
  'V4.2.5': {
    asks: 'No request is built that the next component finds too long.',
    how: "nginx' limits are below the instances': what it takes, they take.",
  },
  'V4.3': { asks: 'GraphQL queries are limited.', doesNotApply: 'There is no GraphQL.' },
  'V4.4': { asks: 'WebSockets are encrypted and have sessions.', doesNotApply: 'There are no WebSockets.' },
};
