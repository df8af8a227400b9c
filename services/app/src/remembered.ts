/**
 * The same function, which remembers what it has given for the last texts that it was asked about.
 * @param most so many texts are remembered at least, and twice as many at most
 * @param work always gives the same for the same text, and never `undefined`
 */
export function remembered<Text, T>(most: number, work: (text: Text) => T): (text: Text) => T {
  let recent = new Map<Text, T>();
  let older = new Map<Text, T>();
  return (text) => {
    const known = recent.get(text);
    if (known !== undefined) return known;
    const value = older.get(text) ?? work(text);
    if (recent.size >= most) {
      older = recent;
      recent = new Map();
    }
    recent.set(text, value);
    return value;
  };
}
