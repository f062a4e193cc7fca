import type * as z from 'zod';

/** One thing wrong with the input. */
export interface Problem {
  /** JSON path from the root: `$.regions[0].cidr`. */
  readonly path: string;
  readonly message: string;
}

/** The JSON path of what a list or an object has there. */
export function stepTo(path: string, step: PropertyKey): string {
  if (typeof step === 'number') return `${path}[${step}]`;
  return /^[\w-]+$/.test(String(step)) ? `${path}.${String(step)}` : `${path}[${JSON.stringify(step)}]`;
}

/** Every issue of a refused input, with its JSON path and the wrong value. */
export function problemsOf(raw: unknown, { issues }: z.ZodError): readonly Problem[] {
  return issues.flatMap((issue) => {
    const at = (path: readonly PropertyKey[]): string => path.reduce(stepTo, '$');
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: at([...issue.path, key]),
        message: 'unknown key: remove it or check its spelling',
      }));
    }
    const value = valueAt(raw, issue.path);
    const told = issue.code === 'custom' || value === undefined || typeof value === 'object';
    return [
      {
        path: at(issue.path),
        message: told ? issue.message : `${issue.message} (got ${JSON.stringify(value).slice(0, 100)})`,
      },
    ];
  });
}

/** Problems that are told at once: Step Functions cuts a cause after 32,768 characters. */
const mostProblems = 50;

/** The problems as one text, a line each. */
export const problemsText = (problems: readonly Problem[]): string =>
  [
    ...problems.slice(0, mostProblems).map(({ path, message }) => `${path}: ${message}`),
    ...(problems.length > mostProblems ? [`… and ${problems.length - mostProblems} more problems`] : []),
  ].join('\n');

/** What stands in a raw input under a path; undefined where nothing does. */
export function valueAt(raw: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined,
    raw,
  );
}
