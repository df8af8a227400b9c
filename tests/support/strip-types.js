import { stripTypeScriptTypes } from 'node:module';

// Jest's transform: the type stripping of Node itself. It keeps lines and columns, so no source map is needed.
export default {
  process: (source) => ({ code: stripTypeScriptTypes(source) }),
};
