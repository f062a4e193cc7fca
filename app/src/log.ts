type Level = 'info' | 'warn' | 'error';
export type Log = (level: Level, event: string, fields?: Readonly<Record<string, unknown>>) => void;

/** One JSON object a line on `out`: what CloudWatch Logs Insights reads without a parser. */
export const jsonLog =
  (out: { write(line: string): unknown }, constant: Readonly<Record<string, unknown>>): Log =>
  (level, event, fields = {}) => {
    out.write(`${JSON.stringify({ time: new Date().toISOString(), level, event, ...constant, ...fields })}\n`);
  };
