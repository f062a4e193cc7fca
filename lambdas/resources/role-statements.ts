import type { RegionConfig } from '../../workflow/config.ts';
import { logGroupArn, type RoleKey, roleName } from '../../workflow/names.ts';
import type { MakingStageName } from '../../workflow/stages.ts';
import type { PolicyDocument, Statement } from './policy-document.ts';
import type { Wanted } from './resource.ts';

export interface RoleSpec {
  readonly name: string;
  /** For people, in IAM's console; where somebody changes it, it has no effect and is no drift. */
  readonly description: string;
  readonly permissionsBoundary: string;
  readonly trust: PolicyDocument;
  /** Inline policies by name; a role has these and no others, managed ones included. */
  readonly policies: Readonly<Record<string, PolicyDocument>>;
}

export const document = (...statements: readonly Statement[]): PolicyDocument => ({
  Version: '2012-10-17',
  Statement: statements,
});

export const allow = (
  Sid: string,
  Action: readonly string[],
  Resource: readonly string[],
  Condition?: NonNullable<Statement['Condition']>,
): Statement => ({ Sid, Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) });

/** A role that a service acts as, and only on behalf of this account: no confused deputy. */
export const serviceRole = (
  config: RegionConfig,
  key: RoleKey,
  stage: MakingStageName,
  role: Pick<RoleSpec, 'description' | 'policies'> & { readonly service: string },
): Wanted<RoleSpec> => ({
  key,
  stage,
  spec: {
    name: roleName(config, key),
    description: role.description,
    permissionsBoundary: config.permissionsBoundaryArn,
    trust: document({
      Sid: 'AssumedByService',
      Effect: 'Allow',
      Principal: { Service: `${role.service}.amazonaws.com` },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'aws:SourceAccount': config.account } },
    }),
    policies: role.policies,
  },
});

export const everyRegion = (config: RegionConfig): readonly RegionConfig[] =>
  config.regions.map((region) => ({ ...config, region }));

/** A log group and, behind `:*`, its streams. */
export const withStreams = (config: RegionConfig, name: string): readonly string[] => [
  logGroupArn(config, name),
  `${logGroupArn(config, name)}:*`,
];

export const pullActions = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];

/** It has no resource-level permissions. */
export const ecrLogin = allow('LogInToEcr', ['ecr:GetAuthorizationToken'], ['*']);
