// What differs between two large sessions is found by comparing the texts of their top-level members: to cut a text into
// members takes a quarter of the time of parsing it, and most members are the same.

/**
 * The members of two JSON objects that are not the same text in both, each side as a JSON object of its own.
 *
 * @param kept the key of a member that is kept where it is the same, too
 * @returns `undefined` where one of the texts is no JSON object, or has no member to keep
 */
export function differingMembers(a: string, b: string, kept: string): [string, string] | undefined {
  const [ofA, ofB] = [membersOf(a), membersOf(b)];
  const isKept = (member: string) => member.startsWith(`${JSON.stringify(kept)}:`);
  if (!ofA?.some(isKept) || !ofB?.some(isKept)) return undefined;
  const without = (members: readonly string[], others: readonly string[]) => {
    const known = new Set(others);
    return `{${members.filter((member) => !known.has(member) || isKept(member)).join()}}`;
  };
  return [without(ofA, ofB), without(ofB, ofA)];
}

/** The texts `"key":value` of an object's members; one without any for an empty object. The text has to be valid JSON. */
function membersOf(text: string): string[] | undefined {
  if (!text.startsWith('{') || !text.endsWith('}')) return undefined;
  const members: string[] = [];
  let depth = 0;
  let start = 1;
  for (let at = 1; at < text.length - 1; at++) {
    const character = text.charAt(at);
    if (character === '"') at = endOfString(text, at);
    else if (character === '{' || character === '[') depth++;
    else if (character === '}' || character === ']') depth--;
    else if (character === ',' && depth === 0) {
      members.push(text.slice(start, at));
      start = at + 1;
    }
    if (at < 0) return undefined;
  }
  return [...members, text.slice(start, -1)];
}

/** The place of the quotation mark that ends the string, or -1. */
function endOfString(text: string, start: number): number {
  let end = start;
  do end = text.indexOf('"', end + 1);
  while (isEscaped(text, end));
  return end;
}

/** Whether an odd number of backslashes comes before. Of -1 none does. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charAt(first - 1) === '\\') first--;
  return (at - first) % 2 === 1;
}
