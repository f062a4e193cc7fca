import { reference } from './references.ts';

/** Characters of a value that plans and mails show: a policy or a dashboard is read in `plan --json`. */
const limit = 200;

/** One side of a difference, for people: JSON, cut where it is long; what is not made yet by its name. */
export function shownValue(value: unknown): string {
  const text = (JSON.stringify(value) ?? 'nothing').replaceAll(reference, '<$3 of $1/$2>');
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;
}
