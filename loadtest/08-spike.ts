// Five times the users within a second: does anybody lose a request or the session?
//
// The crowd comes after a third of the time and stays for a third. Nobody may be logged out, no request may fail, and the
// reads' p95 over the whole run must stay below READ_P95_MS (500).

import { everyoneStaysLoggedIn, loadOf, noRequestFails, optionsWith, readP95Ms } from './lib/options.ts';
import { summaryOf } from './lib/summary.ts';
import { prepare } from './lib/users.ts';
import { visit } from './lib/visit.ts';

const load = loadOf({ seconds: 30, users: 50 });
const third = `${Math.round(load.seconds / 3) - 1}s`;
const fewUsers = Math.ceil(load.users / 5);

export const options = optionsWith(
  {
    visit: {
      executor: 'ramping-vus',
      startVUs: fewUsers,
      stages: [
        { duration: third, target: fewUsers },
        { duration: '1s', target: load.users },
        { duration: third, target: load.users },
        { duration: '1s', target: fewUsers },
        { duration: third, target: fewUsers },
      ],
      gracefulStop: '15s',
    },
  },
  {
    ...everyoneStaysLoggedIn(),
    ...noRequestFails(),
    'http_req_duration{kind:read}': [`p(95)<${readP95Ms}`],
  },
);

export const setup = () => prepare(load.users);
export default visit;
export const handleSummary = summaryOf('08-spike');
