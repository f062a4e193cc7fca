/** What the service is told from outside; read once, in server.ts. */
export interface Config {
  readonly host: string;
  readonly port: number;
  readonly region: string;
  readonly environment: string;
  readonly version: string;
}

/** When the environment does not make a configuration; the message lists every problem. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * Region and environment have no default on purpose: an answer that names the wrong one is worse than no start.
 * @throws {ConfigError}
 */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const problems: string[] = [];
  const required = (name: string): string => {
    const value = environment[name]?.trim() ?? '';
    if (value === '') problems.push(`${name} is not set`);
    return value;
  };

  const port = environment.PORT ?? '8080';
  // 0 asks the operating system for a free port: tests do.
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) problems.push(`PORT is not a port number: ${port}`);
  const config: Config = {
    host: environment.HOST || '0.0.0.0',
    port: Number(port),
    region: required('AWS_REGION'),
    environment: required('ENVIRONMENT'),
    version: environment.VERSION || 'unknown',
  };
  if (problems.length > 0) throw new ConfigError(problems.join('; '));
  return config;
}
