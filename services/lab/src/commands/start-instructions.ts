// What `npm start` prints when the deployment is up.

import type { Strategy } from '../fleet/fleet.ts';

const whoAnswers: Record<Strategy, string> = {
  memory: 'only the one that answered the sign-up knows you, the others say 401',
  sticky: 'it is always the same one',
  'connect-redis': 'whichever it is, it knows you',
  redis: 'whichever it is, it knows you',
};

const whatLogoutEnds: Record<Strategy, string> = {
  memory: 'only where it meets the instance that has the session',
  sticky: 'the session ends on your instance',
  'connect-redis': 'the session ends for all instances',
  redis: 'the session ends for all instances',
};

/** Commands to type, and what is to be seen with this strategy. */
export function instructions(baseUrl: string, strategy: Strategy): string {
  const json = `-H 'Content-Type: application/json'`;
  return `
The deployment answers at ${baseUrl} (strategy ${strategy}). Try, in another terminal:

  # sign up, and keep the cookie
  curl -i -c jar.txt -b jar.txt ${json} -d '{"username":"ada","password":"correct horse battery"}' ${baseUrl}/api/v1/signup

  # who am I? X-Served-By names the instance that answers: ${whoAnswers[strategy]}
  for n in 1 2 3 4; do curl -si -b jar.txt -c jar.txt ${baseUrl}/api/v1/me | grep -iE '^(HTTP|X-Served-By)'; done

  # log out: ${whatLogoutEnds[strategy]}
  curl -i -c jar.txt -b jar.txt -X POST ${baseUrl}/api/v1/logout

Ctrl-C stops everything.`;
}
