// An app that says it has the shared store, and has the stock one.
process.env.SESSION_STRATEGY = 'connect-redis';
await import('../../../services/app/src/main.ts');
