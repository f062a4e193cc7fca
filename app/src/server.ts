import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { ConfigError, readConfig } from './config.ts';
import { jsonLog } from './log.ts';
import { createService } from './service.ts';

/** ECS sends SIGKILL 30 s after SIGTERM (the default stopTimeout): be gone well before. */
const drainLimitMilliseconds = 20_000;

try {
  await run();
} catch (error) {
  const problem = error instanceof Error ? error : new Error(String(error));
  jsonLog(process.stderr, {})('error', 'start failed', {
    error: problem.name,
    message: problem.message,
    ...(problem instanceof ConfigError ? {} : { stack: problem.stack }),
  });
  process.exitCode = 1;
}

async function run(): Promise<void> {
  const config = readConfig(process.env);
  const { region, environment, version } = config;
  const log = jsonLog(process.stdout, { region, environment, version });
  const service = createService(config, log);

  service.server.listen(config.port, config.host);
  await once(service.server, 'listening');
  const { address, port } = service.server.address() as AddressInfo;
  log('info', 'listening', { address, port, pid: process.pid, node: process.version });

  let stopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, async () => {
      if (stopping) return;
      stopping = true;
      const drained = service.drain(drainLimitMilliseconds);
      log('info', 'draining', { signal, limitMilliseconds: drainLimitMilliseconds });
      const clean = await drained;
      log(clean ? 'info' : 'warn', 'stopped', { clean });
      // Nothing is left that keeps the process alive: it ends by itself, and what it wrote is flushed.
      process.exitCode = 0;
    });
  }
}
