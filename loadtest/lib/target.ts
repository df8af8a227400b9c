// The deployment under test, and what these scripts need of it. They run against any that keeps to this, not only ours:
//
//   POST sign-up     {"username", "password"} as JSON → 201 and a session cookie (or give USERS_FILE, see setup-data.ts)
//   POST login       the same body → 200 and a session cookie
//   GET  "who am I"  with the cookie → 200 and the username somewhere in the body; without it: any other answer
//   POST a write     something that a guest may do, with JSON → 2xx
//   every answer names its instance in a header
//
// Each name can be another one: BASE_URL, SIGNUP_PATH, LOGIN_PATH, WHOAMI_PATH, WRITE_PATH, WRITE_BODY, SERVED_BY_HEADER.
// A load balancer that distributes connections instead of requests also needs K6_NO_CONNECTION_REUSE=true, k6's own
// setting.

export const target = {
  baseUrl: (__ENV.BASE_URL || 'http://127.0.0.1:8080').replace(/\/+$/, ''),
  signUp: __ENV.SIGNUP_PATH || '/api/v1/signup',
  logIn: __ENV.LOGIN_PATH || '/api/v1/login',
  whoAmI: __ENV.WHOAMI_PATH || '/api/v1/me',
  write: __ENV.WRITE_PATH || '/api/v1/cart/items',
  writeBody: __ENV.WRITE_BODY || JSON.stringify({ sku: 'tea', quantity: 1 }),
  servedByHeader: (__ENV.SERVED_BY_HEADER || 'X-Served-By').toLowerCase(),
};

/** The session strategy that the deployment is said to have. It never changes a request. */
export const strategy = __ENV.STRATEGY || 'redis';
