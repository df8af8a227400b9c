// How a requirement is declared: what it asks for, and whether it is met, is not met, or does not apply.

/** `V7.2.4` of the OWASP ASVS 5.0.0, or `NIST 5.1.1 HttpOnly`: the section of SP 800-63B-4 and a word. */
export type RequirementId = string;

/** A test that is declared elsewhere with Jest's own `test`. */
export interface OtherTest {
  /** From the project's folder. */
  readonly file: string;
  readonly test: string;
}

interface Asked {
  /** What it asks for, in our own words and in one line. */
  readonly asks: string;
}

export interface Met extends Asked {
  readonly how: string;
  /** Further proof: tests elsewhere, or those of another requirement that asks for the same. */
  readonly provenBy?: readonly (OtherTest | RequirementId)[];
}

export interface NotMet extends Asked {
  /** What is missing. */
  readonly notMet: string;
}

export interface NotApplicable extends Asked {
  /** Why. */
  readonly doesNotApply: string;
}

export type Declaration = Met | NotMet | NotApplicable;

/** By their ids. A section's number (`V6.6`) declares all of its requirements. */
export type Declarations = Readonly<Record<RequirementId, Declaration>>;

export function isMet(declaration: Declaration): declaration is Met {
  return 'how' in declaration;
}
