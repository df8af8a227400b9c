// What a user may set for the scripts in loadtest/ beside the options of `npm run load`. docs/settings.md says what each
// means; a test holds this list to what the scripts read.

export const scriptSettings: readonly string[] = [
  'LOGINS_PER_SECOND',
  'STORM_LOGINS_PER_SECOND',
  'THINK_TIME',
  'READ_P95_MS',
  'RATES',
  'CHANGE_AFTER',
  'SIGNUP_PATH',
  'SIGNUP_BODY',
  'SIGNUP_STATUS',
  'LOGIN_PATH',
  'LOGIN_BODY',
  'LOGIN_STATUS',
  'WHOAMI_PATH',
  'KNOWN_STATUS',
  'KNOWN_TEXT',
  'WRITE_PATH',
  'WRITE_BODY',
  'CONTENT_TYPE',
  'HEADERS',
  'SESSION_COOKIE',
  'SERVED_BY_HEADER',
];

/** What `npm run load` sets itself, by its options or for the fleet that it starts. */
export const setByLoad: readonly string[] = [
  'BASE_URL',
  'STRATEGY',
  'DURATION',
  'USERS',
  'USERS_FILE',
  'SUMMARY',
  'CHANGE_URL',
  'ACTIVE_USERS_URL',
];
