/**
 * Asks again and again until `probe` neither throws nor answers false, null or undefined. The one poller of the tests.
 *
 * @param what what is waited for, for the message
 * @param details added to the message when the deadline passes
 * @throws with the last failure as its cause after `deadlineMs`
 */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  // What is waited for without saying how long takes a second at most; two cores with many servers take ten times that.
  deadlineMs = 20_000,
  details: () => string = () => '',
): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + deadlineMs;
  let cause: unknown;
  while (performance.now() < end) {
    try {
      const answer = await probe();
      if (isAnswer(answer)) return answer;
    } catch (error) {
      cause = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited ${deadlineMs} ms in vain for: ${what}\n${details()}`.trimEnd(), { cause });
}

function isAnswer<T>(answer: T): answer is Exclude<T, false | null | undefined> {
  return answer !== false && answer !== null && answer !== undefined;
}
