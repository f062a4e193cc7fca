import type { Scope } from '../../lambdas/aws/cloud.ts';
import { lowerTagList, ownershipTags, upperTagList } from '../../lambdas/aws/ownership.ts';
import type { Kind } from '../../workflow/stages.ts';

export const scope: Scope = {
  deployment: 'platform',
  account: '123456789012',
  partition: 'aws',
  region: 'us-east-1',
};

/** Tags of a resource of ours, as EC2, ELB and IAM show them. */
export const tags = (kind: Kind, key: string, deployment = 'platform') =>
  upperTagList(ownershipTags({ deployment }, kind, key));

/** The same, as ECS shows them. */
export const lowerTags = (kind: Kind, key: string) => lowerTagList(ownershipTags(scope, kind, key));
