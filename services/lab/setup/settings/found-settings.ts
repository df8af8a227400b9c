// Settings that are found where sources read them, and described in a list: each must have its counterpart.

export interface Found {
  readonly name: string;
  readonly path: string;
  /** Where the source shows it. */
  readonly default?: string | undefined;
}

export interface FoundSetting {
  readonly name: string;
  readonly meaning: string;
  readonly default: string | undefined;
  /** The files that read it. */
  readonly paths: readonly string[];
}

/**
 * @param listedIn the file of the list, for the error
 * @throws when a setting has no meaning, a meaning no setting, or two places have two defaults
 */
export function describeEach(
  found: readonly Found[],
  meanings: Readonly<Record<string, string>>,
  listedIn: string,
): FoundSetting[] {
  for (const { name, path } of found) {
    if (!Object.hasOwn(meanings, name))
      throw new Error(`${path} reads ${name}: say in ${listedIn} what it means`);
  }
  return Object.entries(meanings).map(([name, meaning]) => {
    const places = found.filter((place) => place.name === name);
    if (places.length === 0) throw new Error(`Nothing reads ${name} any more: take it out of ${listedIn}`);
    const defaults = [...new Set(places.flatMap((place) => place.default ?? []))];
    if (defaults.length > 1) throw new Error(`${name} has several defaults: ${defaults.join(' and ')}`);
    const paths = [...new Set(places.map(({ path }) => path))];
    return { name, meaning, default: defaults[0], paths };
  });
}
