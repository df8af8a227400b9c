// The settings of the k6 scripts: what they read from `__ENV`.

import { filesOf } from './files.ts';
import { describeEach } from './found-settings.ts';

const meanings: Readonly<Record<string, string>> = {
  BASE_URL: 'The address of the deployment.',
  DURATION: "How long the traffic lasts: `45s`, `10m`, `1h30m`; 3 s or more. Default: the script's own.",
  USERS: "How many users are logged in at once. Default: the script's own.",
  STRATEGY:
    'What the deployment does with sessions. With `sticky` nobody is expected to change the instance.',
  THINK_TIME: 'Seconds between two steps of one user.',
  READ_P95_MS:
    'What the 95th percentile of reads may take, in milliseconds, in the scripts that judge times.',
  LOGIN_RATE: 'Logins a second.',
  RATES: 'The steps, in reads a second.',
  SIGNUP_PATH: 'The route for a sign-up.',
  LOGIN_PATH: 'The route for a login.',
  WHOAMI_PATH: 'The route that tells a logged-in user the own name.',
  WRITE_PATH: 'The route for something that a guest may do.',
  WRITE_BODY: 'What is sent there, as JSON. Default: one article for the cart.',
  SERVED_BY_HEADER: 'The header that names the instance.',
  USERS_FILE:
    'A file of lines `username,password`: users that exist already, where there is no sign-up. Default: none.',
  CHANGE_URL:
    'Gets a POST when the change is due, and answers 200 when it is made. Default: the script asks for it.',
  LOAD_URL: 'Is told each second how many users are active. Default: the deployment has its own autoscaler.',
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
