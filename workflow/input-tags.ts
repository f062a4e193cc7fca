import * as z from 'zod';

/** As all services take it, and ASCII only: a state machine's input counts in bytes. */
const tagText = /^[A-Za-z0-9_.:/=+@ -]*$/;
const tagCharacters = 'may hold A-Z, a-z, 0-9, spaces and _ . : / = + - @';

/** The longest that CodeBuild takes, and EC2 of keys; elsewhere it is one more. */
const tagLengths = { key: 127, value: 255 } as const;

/** AWS allows 50: a resource has four of Slipway's as well, and a topic one for each address that was asked. */
const mostTags = 20;

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The user's own tags: what every service takes, checked key by key. */
export const tags = z
  .record(
    z.string(),
    z
      .string()
      .max(tagLengths.value, `at most ${tagLengths.value} characters`)
      .regex(tagText, `a tag's value ${tagCharacters}`)
      .refine((value) => value.trim() === value, "a tag's value has no spaces at its ends"),
  )
  .superRefine(
    (all, context) => {
      const keys = Object.keys(all);
      if (keys.length > mostTags)
        context.addIssue({ code: 'custom', message: `${keys.length} tags: at most ${mostTags}`, input: all });
      for (const [index, key] of keys.entries())
        for (const message of tagKeyProblems(key, keys.slice(0, index)))
          context.addIssue({ code: 'custom', path: [key], message, input: all[key] });
    },
    // Keys are checked even where values are refused.
    { when: ({ value }) => isObject(value) },
  );

/** What is wrong with a tag's key; `before`: the keys before it. To IAM, keys that differ only in case are the same. */
function tagKeyProblems(key: string, before: readonly string[]): readonly string[] {
  const twin = before.find((other) => other.toLowerCase() === key.toLowerCase());
  return [
    ...(key.length >= 1 && key.length <= tagLengths.key ? [] : [`a tag's key has 1 to ${tagLengths.key} characters`]),
    ...(tagText.test(key) ? [] : [`a tag's key ${tagCharacters}`]),
    ...(key.trim() === key ? [] : ["a tag's key has no spaces at its ends"]),
    ...(/^(aws|slipway):/i.test(key) ? ['keys that start with aws: or slipway: are reserved'] : []),
    ...(/^name$/i.test(key) ? ['Slipway sets the tag Name itself'] : []),
    ...(twin === undefined ? [] : [`it differs from ${twin} only in case`]),
  ];
}
