import type { RegionConfig } from '../../workflow/config.ts';
import { logGroupArn, type RoleKey, roleName } from '../../workflow/names.ts';
import type { PolicyDocument, Statement } from './policy-document.ts';

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

/** The service, and only on behalf of this account: no confused deputy. */
export const trust = (config: RegionConfig, service: string): PolicyDocument =>
  document({
    Sid: 'AssumedByService',
    Effect: 'Allow',
    Principal: { Service: service },
    Action: 'sts:AssumeRole',
    Condition: { StringEquals: { 'aws:SourceAccount': config.account } },
  });

export const common = (config: RegionConfig, key: RoleKey) => ({
  name: roleName(config, key),
  permissionsBoundary: config.permissionsBoundaryArn,
});

export const everyRegion = (config: RegionConfig): readonly RegionConfig[] =>
  config.regions.map((region) => ({ ...config, region }));

/** A log group and, behind `:*`, its streams. */
export const withStreams = (config: RegionConfig, name: string): readonly string[] => [
  logGroupArn(config, name),
  `${logGroupArn(config, name)}:*`,
];

export const pullActions = ['ecr:BatchCheckLayerAvailability', 'ecr:GetDownloadUrlForLayer', 'ecr:BatchGetImage'];

/** ECR knows no resource for it. */
export const ecrLogin = allow('LogInToEcr', ['ecr:GetAuthorizationToken'], ['*']);
