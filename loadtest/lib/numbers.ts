// Numbers from the environment. One that is none would become NaN, and a threshold on NaN never fails.

/** @throws when it is not a number above 0 */
export function positive(name: string, value: string | number): number {
  const number = Number(value);
  if (!(number > 0 && Number.isFinite(number)))
    throw new Error(`${name} takes a number above 0, not ${value}`);
  return number;
}

/** One or several, separated by commas. @throws when one is not a whole number above 0 */
export function wholeNumbers(name: string, value: string | number): readonly number[] {
  const numbers = String(value).split(',').map(Number);
  if (!numbers.every((number) => number > 0 && Number.isInteger(number)))
    throw new Error(`${name} takes whole numbers above 0, separated by commas, not ${value}`);
  return numbers;
}
