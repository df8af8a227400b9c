// Node's own HTTP server and nothing else: what a machine makes of more processes, with nothing of this project in it.

import { createServer } from 'node:http';

const server = createServer((_req, res) => {
  res.setHeader('Content-Type', 'application/json');
  res.end('{"status":"success"}');
});
// Longer than nginx keeps its connections.
server.keepAliveTimeout = 65_000;
server.listen(Number(process.env.PORT), '127.0.0.1');
