// Where the laboratory's fleets differ from the defaults of the app (services/app/src/config.ts) and of
// docker-compose.yml, and why. docs/settings.md lists it. Not in here: what makes an instance part of its fleet (its name,
// port, secrets and addresses).

export interface LaboratorySetting {
  /** Whose environment variable it is. */
  readonly program: 'app' | 'nginx';
  readonly name: string;
  readonly value: string;
  readonly fleet: 'processes' | 'compose' | 'both';
  /** Sentences. */
  readonly reason: string;
}

export const laboratorySettings: readonly LaboratorySetting[] = [
  {
    program: 'app',
    name: 'BCRYPT_ROUNDS',
    value: '4',
    fleet: 'both',
    reason:
      'The fewest that bcrypt knows: experiments are about sessions, not about hashing. One that is about hashing sets it again.',
  },
  {
    program: 'app',
    name: 'HASH_THREADS',
    value: '0',
    fleet: 'both',
    reason:
      'With so few rounds a hash is done on the event loop, and no instance starts a thread for it. An experiment about hashing sets it again.',
  },
  {
    program: 'app',
    name: 'COOKIE_SECURE',
    value: 'false',
    fleet: 'both',
    reason: 'The proxy speaks plain HTTP, over which a client does not send a Secure cookie back.',
  },
  {
    program: 'app',
    name: 'METRICS_PORT',
    value: '',
    fleet: 'compose',
    reason: 'Nobody reads the figures of a fleet for an experiment. Empty counts as not set.',
  },
  {
    program: 'app',
    name: 'STORE_DEADLINE_MS',
    value: '750',
    fleet: 'compose',
    reason:
      'Starting containers takes most of the processor time of a small machine. An instance that has to wait for its turn would take that for a Redis that does not answer, and the default would be what is measured.',
  },
  {
    program: 'nginx',
    name: 'ACCESS_LOG',
    value: '/dev/null',
    fleet: 'both',
    reason: 'Nobody reads it, and writing each line (in containers through the engine) would be measured.',
  },
];

/** The environment variables that a fleet of this kind sets for a program. */
export function settingsOf(
  program: LaboratorySetting['program'],
  fleet: 'processes' | 'compose',
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    laboratorySettings
      .filter((setting) => setting.program === program && ['both', fleet].includes(setting.fleet))
      .map(({ name, value }) => [name, value]),
  );
}
