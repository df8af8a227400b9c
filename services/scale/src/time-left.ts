/** How long something goes on at the pace that it has had so far, in words. */
export function timeLeft(done: number, total: number, seconds: number): string {
  if (done <= 0) return 'time left not known yet';
  const left = Math.max(0, (seconds * (total - done)) / done);
  return left < 90 ? `${Math.ceil(left)} s left` : `${Math.ceil(left / 60)} minutes left`;
}
