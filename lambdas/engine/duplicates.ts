import { UnsupportedChangeError } from '../errors.ts';
import type { Found } from '../resources/resource.ts';

/**
 * The resource to go on with, where several carry the same key: the one whose create was recorded. None is ever deleted
 * silently.
 * @throws {UnsupportedChangeError} when the record names none of them
 */
export function theOne(
  same: readonly Found[],
  recorded: string | undefined,
  name: string,
  region: string,
): Found | undefined {
  if (same.length <= 1) return same[0];
  const known = same.find(({ id }) => id === recorded);
  if (known === undefined) throw new UnsupportedChangeError(duplicateText(same, undefined, name, region));
  return known;
}

/** Which ones there are, which one is used, and the command that takes the others out of the deployment. */
export function duplicateText(same: readonly Found[], kept: string | undefined, name: string, region: string): string {
  const others = same.map(({ id }) => id).filter((id) => id !== kept);
  const ids = kept === undefined ? '<all but the one to keep>' : others.join(' ');
  // EC2's ids look like vpc-0a1b; everything else is known by a name or an ARN, and its console shows its tags.
  const how = others.every((id) => /^[a-z]+-[0-9a-f]+$/.test(id))
    ? `check them, then take them out of the deployment with: aws ec2 delete-tags --region ${region} --resources ${ids} --tags Key=slipway:key`
    : `check them, and remove the tag slipway:key from ${ids}`;
  const exists = `${name} exists ${same.length} times in ${region}: ${same.map(({ id }) => id).join(', ')}`;
  return kept === undefined ? `${exists}; ${how}; then start again` : `${exists}; ${kept} is used; ${how}`;
}
