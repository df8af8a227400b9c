import { testDocument } from '../runner/run-document.ts';

testDocument('CONTRIBUTING.md');
