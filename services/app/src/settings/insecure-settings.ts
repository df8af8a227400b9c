// Settings that suit a demonstration and not production. There each is refused, unless ALLOW_INSECURE names it.

/** What ALLOW_INSECURE can name. */
export const permissions = ['cookie', 'rounds', 'threads'] as const;
export type Permission = (typeof permissions)[number];

interface Settings {
  readonly NODE_ENV: 'production' | 'development';
  readonly COOKIE_SECURE?: boolean | undefined;
  readonly BCRYPT_ROUNDS: number;
  readonly HASH_THREADS: number;
}

/** OWASP, Password Storage Cheat Sheet: a work factor of 10 or more. */
const fewestRounds = 10;

const rules: readonly {
  readonly permission: Permission;
  readonly isBroken: (settings: Settings) => boolean;
  readonly expected: string;
}[] = [
  {
    permission: 'cookie',
    isBroken: ({ COOKIE_SECURE }) => COOKIE_SECURE === false,
    expected: 'COOKIE_SECURE: expected true in production: without HTTPS anybody on the way reads the cookie',
  },
  {
    permission: 'rounds',
    isBroken: ({ BCRYPT_ROUNDS }) => BCRYPT_ROUNDS < fewestRounds,
    expected: `BCRYPT_ROUNDS: expected ${fewestRounds} or more in production: with fewer, stolen hashes are soon guessed`,
  },
  {
    permission: 'threads',
    isBroken: ({ HASH_THREADS }) => HASH_THREADS === 0,
    expected:
      'HASH_THREADS: expected 1 or more in production: without a thread each login stops all requests',
  },
];

/**
 * Checks the settings of production. In development all are allowed.
 * @returns the permissions that are in use, and a problem for each setting that has none
 */
export function checkInsecureSettings(settings: Settings, allowed: readonly Permission[]) {
  const broken = settings.NODE_ENV === 'production' ? rules.filter((rule) => rule.isBroken(settings)) : [];
  const isAllowed = ({ permission }: (typeof rules)[number]) => allowed.includes(permission);
  return {
    inUse: broken.filter(isAllowed).map(({ permission }) => permission),
    problems: broken
      .filter((rule) => !isAllowed(rule))
      .map(({ expected, permission }) => `${expected}; ALLOW_INSECURE=${permission} allows it`),
  };
}

/** A random secret of 32 hexadecimal digits has fewer once in ten million. */
const fewestDifferent = 8;

/** Out of documentation, tutorials and templates, where they were copied from. */
const wellKnown =
  /keyboard.?cat|change.?(me|this|it)|your.{0,12}(secret|key)|(my|super|top).?secret|s3cr3t|example/i;

/** Whether a secret looks made up by a person in a hurry. Says nothing about one that is random. */
export function isWeakSecret(secret: string): boolean {
  return new Set(secret).size < fewestDifferent || wellKnown.test(secret);
}
