// An app that says it shares its sessions, and does not.
process.env.SESSION_STRATEGY = 'memory';
await import('../../../services/app/src/main.ts');
