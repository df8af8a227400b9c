// Where the laboratory's fleets differ from the defaults of the app (services/app/src/settings) and of
// docker-compose.yml, and why. docs/settings.md lists it. Not in here: what makes an instance part of its fleet (its name,
// port, secrets and addresses).

import { type ClientLimits, type FleetKind, fleetKinds } from './fleet.ts';

export interface LaboratorySetting {
  /** Whose environment variable it is. */
  readonly program: 'app' | 'nginx';
  readonly name: string;
  readonly value: string;
  /** Where it is set. Default: everywhere. */
  readonly fleets?: readonly FleetKind[];
  /** Sentences. */
  readonly reason: string;
  /** Set with these limits for clients only. */
  readonly onlyWith?: ClientLimits;
}

export const laboratorySettings: readonly LaboratorySetting[] = [
  {
    program: 'app',
    name: 'BCRYPT_ROUNDS',
    value: '4',
    reason:
      'The fewest that bcrypt knows: experiments are about sessions, not about hashing. One that is about hashing sets it again.',
  },
  {
    program: 'app',
    name: 'HASH_THREADS',
    value: '0',
    reason:
      'With so few rounds a hash is done on the event loop, and no instance starts a thread for it. An experiment about hashing sets it again.',
  },
  {
    program: 'app',
    name: 'COOKIE_SECURE',
    value: 'false',
    reason: 'The proxy speaks plain HTTP, over which a client does not send a Secure cookie back.',
  },
  ...['LOGINS_PER_ACCOUNT_AND_ADDRESS', 'LOGINS_PER_ADDRESS', 'LOGINS_PER_ACCOUNT'].map(wide),
  ...['SIGNUPS_PER_ADDRESS', 'GUESTS_PER_ADDRESS'].map(wide),
  {
    program: 'app',
    name: 'ALLOW_INSECURE',
    value: 'cookie,rounds,threads',
    reason: 'The three settings above: the app refuses them in production unless they are allowed.',
  },
  {
    program: 'app',
    name: 'SESSIONS_PER_USER',
    value: '0',
    reason:
      'A login storm logs the same user in again and again, on behalf of many. With a limit it would end the session of the one who reads meanwhile.',
  },
  {
    program: 'app',
    name: 'METRICS_PORT',
    value: '',
    fleets: ['compose', 'kubernetes'],
    reason: 'Nobody reads the figures of a fleet for an experiment. Empty counts as not set.',
  },
  {
    program: 'app',
    name: 'INSTANCE_NAME_FROM',
    value: 'host',
    fleets: ['compose'],
    reason:
      'A container that is made after another was removed may get its number. The host name, which is the beginning of the container’s id, is never used twice: an experiment has to tell the two apart.',
  },
  {
    program: 'app',
    name: 'LOG_FORMAT',
    value: 'json',
    fleets: ['compose'],
    reason: 'The laboratory reads the log.',
  },
  {
    program: 'nginx',
    name: 'ACCESS_LOG',
    value: '/dev/null',
    reason: 'Nobody reads it, and writing each line (in containers through the engine) would be measured.',
  },
  ...clientLimits({
    CLIENT_REQUESTS_PER_SECOND: '1000000',
    CLIENT_REQUESTS_BURST: '1000000',
    CLIENT_CONNECTIONS: '65535',
  }),
];

/** Counted as in production, and never reached. */
function wide(limit: string): LaboratorySetting {
  return {
    program: 'app',
    name: `THROTTLE_${limit}`,
    value: '1000000000',
    reason:
      'All users and guests of the laboratory come from one address, and would throttle each other. An experiment about throttles sets it again.',
  };
}

/** Left out of fleets that are started with `clientLimits: 'production'`. */
function clientLimits(values: Readonly<Record<string, string>>): LaboratorySetting[] {
  const reason =
    'All of the laboratory’s users, hundreds of them, have one address, and would share what one client may ask for.';
  return Object.entries(values).map(([name, value]) => ({
    ...{ program: 'nginx', name, value, reason },
    onlyWith: 'laboratory',
  }));
}

/** The environment variables that a fleet of this kind sets for a program. */
export function settingsOf(
  program: LaboratorySetting['program'],
  fleet: FleetKind,
  limits: ClientLimits = 'laboratory',
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    laboratorySettings
      .filter((setting) => setting.program === program && (setting.fleets ?? fleetKinds).includes(fleet))
      .filter(({ onlyWith }) => onlyWith === undefined || onlyWith === limits)
      .map(({ name, value }) => [name, value]),
  );
}
