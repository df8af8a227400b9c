// A test that proves a requirement. docs/security.md lists it with the requirement (`npm run security`).

import { test } from '@jest/globals';
import { requirementOf } from './requirements/all-requirements.ts';
import { isMet, type RequirementId } from './requirements/declaration.ts';

/**
 * @param id has to be declared as met in tests/security/requirements, where "met" needs such a test in turn
 * @param behaviour a sentence of the app's behaviour. Both have to be plain texts: the document is made from the source.
 * @throws while the tests are collected, when the id is unknown or not declared as met
 */
export function requirement(id: RequirementId, behaviour: string, body: () => Promise<void>): void {
  if (!isMet(requirementOf(id).declaration)) {
    throw new Error(`${id} has a test and is not declared as met: see tests/security/requirements`);
  }
  test(`${id.replace(/^V/, 'v')} ${behaviour}`, body);
}
