// The operator's command: `node services/app/src/operator.ts` in a container of the app, `npm run sessions --` elsewhere.
//   0  done                   1  no such user, or Postgres or Redis do not answer
//   2  wrong arguments       78  wrong configuration (EX_CONFIG of sysexits.h)

import { parseArgs } from 'node:util';
import { accountChangesIn } from './accounts/account-changes.ts';
import { openDatabase } from './accounts/database.ts';
import type { OperatorDependencies } from './accounts/operator-commands.ts';
import {
  CommandFailed,
  disable,
  enable,
  endAllSessions,
  endSessions,
  list,
} from './accounts/operator-commands.ts';
import { usersIn } from './accounts/users.ts';
import { cartKeys } from './cart/cart-keys.ts';
import { ConfigError, type Environment, readConfig } from './config.ts';
import { ServiceUnavailable } from './http/errors.ts';
import { openLog } from './operations/log.ts';
import { waitForDependencies } from './operations/wait-for-dependencies.ts';
import { openSessionStore } from './sessions/store-by-strategy.ts';

const help = `Ends sessions and disables accounts, on every instance.

  end-sessions USERNAME   ends all sessions of a user
  end-sessions --all      ends the sessions of all users, within two times EPOCH_POLL_MS (2 s)
  disable USERNAME        ends all sessions of a user, and nobody can log in as this user any more
  enable USERNAME         takes that back
  list USERNAME           shows the sessions of a user, one line of JSON for each

It needs DATABASE_URL and REDIS_URL, or DATABASE_URL_FILE and REDIS_URL_FILE, as the instances have them.
What it did is written as lines of JSON, in the form of the instances' log.
`;

type Command = (dependencies: OperatorDependencies) => Promise<unknown>;

/** How long Redis has to be connected. Without it Postgres alone is told, which takes effect within seconds. */
const connectMs = 3000;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = report(error);
}

async function main(args: readonly string[]): Promise<number> {
  const command = commandOf(args);
  if (command === 'help') {
    process.stdout.write(help);
    return 0;
  }
  if (command === undefined) {
    process.stderr.write(help);
    return 2;
  }
  await run(command);
  return 0;
}

function commandOf(args: readonly string[]): Command | 'help' | undefined {
  const parsed = parse(args);
  if (parsed === undefined) return undefined;
  if (parsed.values.help) return 'help';
  const { all } = parsed.values;
  const [name, username, ...more] = parsed.positionals;
  if (more.length > 0) return undefined;
  if (name === 'end-sessions' && all && username === undefined) return endAllSessions;
  if (all || username === undefined) return undefined;
  switch (name) {
    case 'end-sessions':
      return (dependencies) => endSessions(username, dependencies);
    case 'disable':
      return (dependencies) => disable(username, dependencies);
    case 'enable':
      return (dependencies) => enable(username, dependencies);
    case 'list':
      return async (dependencies) => {
        for (const { name: session, createdAt, lastSeenAt, client } of await list(username, dependencies)) {
          const times = { createdAt: new Date(createdAt), lastSeenAt: new Date(lastSeenAt) };
          process.stdout.write(`${JSON.stringify({ session, ...times, client })}\n`);
        }
      };
    default:
      return undefined;
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: { all: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
  } catch {
    return undefined;
  }
}

async function run(command: Command): Promise<void> {
  const config = readConfig(withoutSecrets(process.env));
  const log = openLog('info', 'operator');
  const quiet = log.child({}, { level: 'fatal' });
  await using opened = new AsyncDisposableStack();
  const sessions = openSessionStore(config.session, cartKeys, quiet);
  opened.defer(() => sessions.close());
  const database = openDatabase({ ...config.database, poolMax: 1 }, quiet);
  opened.defer(() => database.end());
  if (sessions.ready) {
    await waitForDependencies([sessions.ready], connectMs, new AbortController().signal);
  }
  await command({
    users: usersIn(database),
    changes: accountChangesIn(database),
    userSessions: sessions.userSessions,
    log,
  });
}

/** The command signs no cookie and hashes no password, so it can run where it is not trusted with what that takes. */
function withoutSecrets(env: Environment): Environment {
  const standIn = 'not needed by the command of the operator';
  const missing = ['SESSION_SECRET', 'PASSWORD_PEPPER'].filter((name) => !env[name] && !env[`${name}_FILE`]);
  return { ...env, ...Object.fromEntries(missing.map((name) => [name, standIn])) };
}

/** @returns the exit code @throws what nobody expected */
function report(error: unknown): number {
  if (error instanceof ConfigError) {
    for (const problem of error.problems) process.stderr.write(`${problem}\n`);
    return 78;
  }
  if (!(error instanceof CommandFailed || error instanceof ServiceUnavailable)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 1;
}
