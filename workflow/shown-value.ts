/** Characters of a value that plans and mails show: a policy or a dashboard is read in `plan --json`. */
const limit = 200;

/** `${kind/key.attribute}`: what a resource that does not exist yet will be called. */
const reference = /\$\{([a-z-]+\/[a-z0-9-]+)\.([A-Za-z]+)\}/g;

/** One side of a difference, for people: JSON, cut where it is long; what is not made yet by its name. */
export function shownValue(value: unknown): string {
  const text = (JSON.stringify(value) ?? 'nothing').replaceAll(reference, '<$2 of $1>');
  return text.length <= limit ? text : `${text.slice(0, limit)}… (${text.length} characters)`;
}
