// An app whose logout clears the cookie and leaves the session in the store.
import { SharedSessionStore } from '../../../services/app/src/sessions/shared-store/shared-session-store.ts';

SharedSessionStore.prototype.destroy = async (_id, done) => void done?.();
await import('../../../services/app/src/main.ts');
