import { type Parameters, structures, text } from '../call.ts';

/** Tags given as a list of `{key, value}` (in either case) or as an object. */
export function tagsOf(value: unknown): Record<string, string> {
  if (Array.isArray(value)) {
    return Object.fromEntries(
      structures({ value }, 'value').map((tag: Parameters) => [
        text(tag, 'key') ?? text(tag, 'Key') ?? '',
        text(tag, 'value') ?? text(tag, 'Value') ?? '',
      ]),
    );
  }
  return { ...(value as Record<string, string> | undefined) };
}

/** The same as a list of `{key, value}`. */
export const tagList = (tags: Readonly<Record<string, string>>): { key: string; value: string }[] =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));
