/** Something that the laboratory set out to do did not come about. The message names it and what was expected. */
export class LaboratoryError extends Error {
  override readonly name: string = 'LaboratoryError';
}

/** The machine lacks something: a program, a version, a free port. The message is one sentence that says what to do. */
export class NotPossibleHere extends LaboratoryError {
  override readonly name = 'NotPossibleHere';
}
