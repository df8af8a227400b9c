import type { Declarations, OtherTest } from './declaration.ts';

/** On containers, with TLS. */
const overTls = (test: string): OtherTest => ({ file: 'tests/containers/tls.test.ts', test });
const cookieTest = overTls(
  'the session cookie is Secure, named for this host alone, and known on the other instance',
);
const plainHttpTest = overTls('is refused for the API, with no redirect and no cookie: %s');

const noPages = 'The app is an API: it has no pages and no scripts.';

export const v3: Declarations = {
  'V3.1.1': {
    asks: 'The documentation says what browsers must support, and what happens when they do not.',
    how: 'The part "Browsers" of this document.',
  },
  'V3.2.1': {
    asks: 'No answer is rendered in a context that it is not meant for.',
    how: 'Every answer is JSON with `nosniff`, and its policy allows nothing to load or to frame it.',
  },
  'V3.2.2': { asks: 'Text is put into pages as text.', doesNotApply: noPages },
  'V3.2.3': { asks: 'Scripts resist DOM clobbering.', doesNotApply: noPages },
  'V3.3.1': {
    asks: 'Cookies are Secure, with the prefix __Host- or __Secure-.',
    how: 'With HTTPS the only cookie is `__Host-sid`, with Secure.',
    provenBy: [cookieTest],
  },
  'V3.3.2': { asks: 'Cookies have SameSite as their purpose allows.', how: 'SameSite=Lax.' },
  'V3.3.3': { asks: 'Cookies have the prefix __Host-.', how: '`__Host-sid`.', provenBy: [cookieTest] },
  'V3.3.4': {
    asks: 'The session id is in an HttpOnly cookie and nowhere else in an answer.',
    how: 'HttpOnly; no body or other header repeats the id.',
  },
  'V3.3.5': { asks: 'A cookie is at most 4096 bytes.', how: 'An id and its signature: less than 200 bytes.' },
  'V3.4.1': {
    asks: 'HSTS of a year or more on every answer; from level 2 on with all subdomains.',
    how: 'nginx sends it over TLS, except for localhost. Level 1: whether subdomains follow is for their owner to say.',
    provenBy: [overTls('every answer asks browsers once to stay on HTTPS, also an error of the proxy’s own')],
  },
  'V3.4.2': { asks: 'CORS allows no origin that is not trusted.', how: 'No answer has a CORS header.' },
  'V3.4.3': {
    asks: "A Content-Security-Policy with object-src 'none' and base-uri 'none'.",
    how: "`default-src 'none'` and `base-uri 'none'` on every answer.",
  },
  'V3.4.4': { asks: 'X-Content-Type-Options: nosniff on every answer.', how: "Also on the proxy's own." },
  'V3.4.5': { asks: 'A Referrer-Policy.', how: '`no-referrer` on every answer.' },
  'V3.4.6': { asks: 'frame-ancestors on every answer.', how: "`frame-ancestors 'none'`." },
  'V3.4.7': {
    asks: 'The policy names where violations are reported.',
    notMet: 'There is no service that would take reports. With pages of your own, name one.',
  },
  'V3.4.8': {
    asks: 'Documents have a Cross-Origin-Opener-Policy.',
    how: '`same-origin` on every answer, though none is a document.',
  },
  'V3.5.1': {
    asks: 'Requests of other sites are told apart from our own.',
    how: 'A change is refused when Sec-Fetch-Site or Origin names another site, or another port.',
  },
  'V3.5.2': {
    asks: 'Nothing sensitive can be called by a request that needs no CORS preflight.',
    how: 'Bodies have to be application/json, which a form cannot send.',
  },
  'V3.5.3': {
    asks: 'Safe methods change nothing.',
    how: 'Every change is a POST or a DELETE; a GET there is 405.',
  },
  'V3.5.4': {
    asks: 'Different applications have different host names.',
    doesNotApply: 'There is one application. Prometheus and Grafana are published on loopback only.',
  },
  'V3.5.5': { asks: 'postMessage checks the origin.', doesNotApply: noPages },
  'V3.5.6': { asks: 'No JSONP.', how: 'A `callback` in the query changes nothing.' },
  'V3.5.7': { asks: 'No protected data in scripts.', doesNotApply: noPages },
  'V3.5.8': {
    asks: 'Other sites cannot embed protected resources.',
    how: 'Cross-Origin-Resource-Policy: same-origin on every answer.',
  },
  'V3.6': { asks: 'Assets from elsewhere have an integrity value.', doesNotApply: noPages },
  'V3.7.1': { asks: 'No outdated client-side technology.', doesNotApply: noPages },
  'V3.7.2': {
    asks: 'Redirects lead only to allowed hosts.',
    how: 'No route redirects, whatever the address looks like.',
  },
  'V3.7.3': { asks: 'A notice before leaving the site.', doesNotApply: 'Nothing leads elsewhere.' },
  'V3.7.4': {
    asks: 'The domain is on the HSTS preload list.',
    notMet: 'Who owns the domain has to ask for it, when all of its subdomains have HTTPS.',
  },
  'V3.7.5': {
    asks: 'A browser without the expected features is treated as documented.',
    how: 'Where the cookie is Secure, plain HTTP is refused with 403 and no cookie.',
    provenBy: [
      plainHttpTest,
      {
        file: 'tests/app/sessions/sessions.test.ts',
        test: 'is never missing after a login: plain HTTP is refused where the cookie is Secure',
      },
    ],
  },
};
