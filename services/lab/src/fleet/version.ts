/** Compares version numbers, number by number: '1.29.6' is at least '1.9'. */
export function isAtLeast(version: string, wanted: string): boolean {
  const have = version.split('.').map(Number);
  for (const [position, number] of wanted.split('.').map(Number).entries()) {
    const difference = (have[position] ?? 0) - number;
    if (difference !== 0) return difference > 0;
  }
  return true;
}
