// The settings of the k6 scripts: what they read from `__ENV`.

import { filesOf } from './files.ts';
import { describeEach } from './found-settings.ts';

const meanings: Readonly<Record<string, string>> = {
  BASE_URL: 'The address of the deployment.',
  DURATION: "How long the traffic lasts: `45s`, `10m`, `1h30m`; 3 s or more. Default: the script's own.",
  USERS: "How many users are logged in at once. Default: the script's own.",
  USERS_FILE:
    'A file of lines `username,password`: users that exist already, where there is no sign-up. Default: none.',
  STRATEGY:
    'What the deployment does with sessions, for the summary. With `sticky` nobody is expected to change the instance.',
  SESSION_STRATEGY:
    'The same as `STRATEGY`, under the name that it has in strategy.env, for `docker compose run --rm k6`.',
  LOGINS_PER_SECOND:
    'How many logins and sign-ups a second all users together send. What is refused with 503 is sent again after its Retry-After, for 30 s.',
  STORM_LOGINS_PER_SECOND: 'Logins a second in the storm, on purpose more than can be done.',
  THINK_TIME: 'Seconds between two steps of one user.',
  READ_P95_MS:
    'What the 95th percentile of reads may take, in milliseconds, in the scripts that judge times.',
  RATES: 'The steps, in reads a second.',
  SIGNUP_PATH: 'The route for a sign-up.',
  SIGNUP_BODY: 'What is sent there. Default: LOGIN_BODY.',
  SIGNUP_STATUS: 'The status of a sign-up that is done; several are separated by commas.',
  LOGIN_PATH: 'The route for a login.',
  LOGIN_BODY: 'What is sent there. `{username}` and `{password}` stand for the user’s.',
  LOGIN_STATUS: 'The status of a login that is done; several are separated by commas.',
  CONTENT_TYPE:
    'The type of the bodies. With JSON in its name the placeholders are escaped as JSON, otherwise as a form (`application/x-www-form-urlencoded`).',
  HEADERS: 'Headers that are sent with every request, as JSON.',
  WHOAMI_PATH: 'The route that tells a logged-in user the own name.',
  KNOWN_STATUS: 'The status of an answer that knows the user; several are separated by commas.',
  KNOWN_TEXT: 'The text in the body of an answer that knows the user.',
  WRITE_PATH: 'The route for something that a guest may do, or `none`.',
  WRITE_BODY: 'What is sent there. Default: one article for the cart.',
  SESSION_COOKIE:
    'The only cookie that is kept. It makes a user change the instance even if a load balancer has a cookie of its own against that. Default: all cookies.',
  SERVED_BY_HEADER:
    'The header that names the instance. With `none` the run only shows whether sessions are lost, and proves nothing about a second instance.',
  CHANGE_URL:
    'Gets a POST when the change is due, and answers 200 when it is made. Default: the script asks for it.',
  CHANGE_AFTER:
    'How long after the start the change is due, such as `10s`. Default: a third of the duration.',
  ACTIVE_USERS_URL:
    'Is told each second how many users are active. Default: the deployment has its own autoscaler.',
  SUMMARY: 'A file for the figures, as JSON. Default: none.',
};

/** All of them, each with the scripts that read it. @throws when one is read that has no meaning above */
export async function loadSettings() {
  const reading = /\b__ENV\.([A-Z0-9_]+)(?: \|\| ('[^']*'|[\d.]+))?/g;
  const found = (await filesOf('loadtest/**/*.ts')).flatMap(({ path, text }) =>
    Array.from(text.matchAll(reading), ([, name = '', value]) => ({
      name,
      path,
      default: value?.replaceAll("'", ''),
    })),
  );
  return describeEach(found, meanings, 'services/lab/setup/settings/load-settings.ts');
}
