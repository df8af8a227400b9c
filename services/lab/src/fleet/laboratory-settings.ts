// In what the laboratory's fleets differ from the defaults of services/app/src/config.ts, each with its reason.

export interface LaboratorySetting {
  readonly name: string;
  readonly value: string;
  readonly fleet: 'processes' | 'compose' | 'both';
  readonly reason: string;
}

export const laboratorySettings: readonly LaboratorySetting[] = [
  {
    name: 'BCRYPT_ROUNDS',
    value: '4',
    fleet: 'both',
    reason: 'The cheapest that bcrypt knows: experiments are about sessions, not about hashing.',
  },
  {
    name: 'HASH_THREADS',
    value: '0',
    fleet: 'both',
    reason: 'A hash that cheap needs no thread. An experiment that is about hashing sets both again.',
  },
  {
    name: 'COOKIE_SECURE',
    value: 'false',
    fleet: 'both',
    reason: 'The proxy speaks plain HTTP, over which a client does not send a Secure cookie back.',
  },
  {
    name: 'STORE_DEADLINE_MS',
    value: '750',
    fleet: 'compose',
    reason:
      "Starting containers takes most of a small machine's processor time. An instance that waits for its turn would " +
      'take that for a Redis that does not answer.',
  },
];
