import type { ResourceType, TagSpecification } from '@aws-sdk/client-ec2';
import type { Kind } from '../../workflow/stages.ts';
import { ConflictError } from '../errors.ts';
import type { Scope } from './cloud.ts';
import { tagsForPeople } from './tags.ts';

/** Tag keys that prove ownership. Every resource that can carry tags has them from its creating call on. */
export const ownershipTag = {
  deployment: 'slipway:deployment',
  kind: 'slipway:kind',
  key: 'slipway:key',
} as const;

export type Tags = Readonly<Record<string, string>>;

/** What a new resource's tags are made of. */
type Owner = Pick<Scope, 'deployment' | 'tags'>;

/** All tags of a new resource: its console name and the user's own included. */
export const ownershipTags = (scope: Owner, kind: Kind, key: string): Tags => ({
  ...tagsForPeople(scope, key),
  [ownershipTag.deployment]: scope.deployment,
  [ownershipTag.kind]: kind,
  [ownershipTag.key]: key,
});

/** `{ Key, Value }` list, the shape of EC2, ELB, IAM, SNS, ECR and others. */
export const upperTagList = (tags: Tags): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** `{ key, value }` list, the shape of ECS, CodeBuild and CodePipeline. */
export const lowerTagList = (tags: Tags): { key: string; value: string }[] =>
  Object.entries(tags).map(([key, value]) => ({ key, value }));

/** A service's tag list, of either shape, as a plain object. */
export function tagsOf(
  list:
    | readonly {
        Key?: string | undefined;
        Value?: string | undefined;
        key?: string | undefined;
        value?: string | undefined;
      }[]
    | undefined,
): Tags {
  return Object.fromEntries((list ?? []).map((tag) => [tag.Key ?? tag.key ?? '', tag.Value ?? tag.value ?? '']));
}

/** For people: who owns it. */
export const shownTags = (tags: Tags): string =>
  Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ') || 'without tags';

/** Key and tags of a resource that carries ours for this deployment and kind; undefined where it is not ours. */
export function ownedBy(
  scope: Pick<Scope, 'deployment'>,
  kind: Kind,
  tags: Tags,
): { key: string; tags: Tags } | undefined {
  const key = tags[ownershipTag.key];
  if (tags[ownershipTag.deployment] !== scope.deployment || tags[ownershipTag.kind] !== kind || key === undefined)
    return undefined;
  return { key, tags };
}

/** Something that has a name of ours but not our tags. It is reported, and every driver leaves it alone. */
export interface Unmanaged {
  /** Its name, as a spec gives it: it has no key of ours. */
  readonly key: string;
  /** What people call it. */
  readonly id: string;
  readonly unmanaged: true;
  /** Nobody else would give that name and nobody has signed it: `create` takes it over, so that it is in nobody's way. */
  readonly adopted?: true;
}

/**
 * What was found under a name of ours: what is ours by its tags, or else unmanaged.
 * @param id what people call it, where its name alone does not say which one it is
 */
export const orUnmanaged = <Live>(owned: readonly Live[], name: string, id = name): readonly (Live | Unmanaged)[] =>
  owned.length > 0 ? owned : [{ key: name, id, unmanaged: true }];

/**
 * What a creating call has made, as its own tags show it.
 * @throws {TypeError} when the answer lacks it: AWS breaks its own contract
 */
export function made<Live>(found: readonly Live[], call: string): Live {
  const [one] = found;
  if (one === undefined) throw new TypeError(`${call} did not return what it made`);
  return one;
}

/** What is said where a name that we give is taken by something that is not ours. */
export const nameTaken = ({ region }: Pick<Scope, 'region'>, kind: Kind, key: string, name: string): string =>
  `${kind}/${key} in ${region}: ${name} exists already and does not carry this deployment's tags; remove or rename it, or choose another deployment name`;

/** The error of a create that meets it: the plan has found the name free. */
export const unmanagedName = (scope: Scope, kind: Kind, key: string, name: string): ConflictError =>
  new ConflictError(nameTaken(scope, kind, key, name));

/** EC2 filters for everything of a kind that the deployment owns. */
export const ec2TagFilters = (scope: Pick<Scope, 'deployment'>, kind: Kind): { Name: string; Values: string[] }[] => [
  { Name: `tag:${ownershipTag.deployment}`, Values: [scope.deployment] },
  { Name: `tag:${ownershipTag.kind}`, Values: [kind] },
];

/** The `TagSpecifications` of an EC2 create call: `type` is EC2's name for what is made. */
export const ec2Tags = (scope: Owner, kind: Kind, key: string, type: ResourceType): TagSpecification[] => [
  { ResourceType: type, Tags: upperTagList(ownershipTags(scope, kind, key)) },
];
