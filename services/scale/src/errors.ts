/** Something answered otherwise than it had to, so nothing was measured. */
export class MeasurementError extends Error {
  override readonly name = 'MeasurementError';
}
