// PASSWORD_PEPPER: the keys of peppers and their versions. What a pepper is: accounts/pepper.ts.

export interface Pepper {
  /** A whole number, higher for a newer pepper. It is stored with each hash. */
  readonly version: number;
  readonly key: string;
}

/** The first is for new hashes. */
export type Peppers = readonly [Pepper, ...Pepper[]];

/**
 * Reads PASSWORD_PEPPER: `2:new,1:old`, separated by commas or new lines, or one alone without a version, which then is 1.
 * @returns undefined when the text is neither, or names a version twice
 */
export function parsePeppers(text: string): Peppers | undefined {
  const parts = text.split(/[,\n]/).flatMap((part) => part.trim() || []);
  const single = parts.length === 1 && !/^\d+:/.test(parts[0] ?? '');
  const peppers = parts.map((part) => {
    const [, version, key] = (single ? `1:${part}` : part).match(/^(\d{1,9}):(.+)$/) ?? [];
    return { version: Number(version), key: key ?? '' };
  });
  const [first, ...others] = peppers;
  const versions = new Set(peppers.map(({ version }) => version));
  const isValid = peppers.every(({ version, key }) => version >= 1 && key.length >= shortestKey);
  return first && isValid && versions.size === peppers.length ? [first, ...others] : undefined;
}

const shortestKey = 32;
