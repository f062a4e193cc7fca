import { describe, expect, test } from '@jest/globals';
import { allResources } from '../../lambdas/resources/all.ts';
import type { Permission } from '../../lambdas/resources/resource.ts';
import { role } from '../../lambdas/resources/role.ts';
import { deferredKinds, type Kind, stages } from '../../workflow/stages.ts';
import { regionConfig, secondaryConfig } from '../support/region-config.ts';
import { statementsOf, text } from '../support/synthesised-stack.ts';
import { actionsOf, actionsOfFunction, functions, nothingElse, policies, resources } from './granted.ts';

/** Slipway's own table and progress topic, and traces. */
const shared = [
  // A transaction makes sure of the lock.
  'dynamodb:ConditionCheckItem',
  'dynamodb:GetItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'sns:Publish',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
];
const home = [...shared, 'dynamodb:DeleteItem', 'dynamodb:Query'];
/** The journal goes with what is made; nothing is taken out of the table by a stage. */
const homeOf = (stage: (typeof stages)[number]): readonly string[] => [
  ...shared,
  ...('kinds' in stage ? ['dynamodb:Query'] : []),
];

const flat = (permissions: readonly Permission[]): readonly string[] =>
  permissions.flatMap((permission) => (typeof permission === 'string' ? [permission] : permission.actions));
const declared = (kind: Kind, access: 'read' | 'write' | 'deferred'): readonly string[] =>
  flat(allResources[kind].permissions[access] ?? []);

/** What a stage needs by its kinds: all of them where it makes, less where it finishes, reads only where it waits. */
const neededBy = (stage: (typeof stages)[number]): readonly string[] =>
  'kinds' in stage
    ? [
        ...stage.kinds.flatMap((kind) => [...declared(kind, 'read'), ...declared(kind, 'write')]),
        ...deferredKinds(stage).flatMap((kind) => [...declared(kind, 'read'), ...declared(kind, 'deferred')]),
      ]
    : stage.awaits.flatMap(({ kind }) => declared(kind, 'read'));

describe('a stage may do what its kinds declare, and nothing else', () => {
  test.each(stages.map((stage) => [stage.name, stage] as const))('%s', (name, stage) => {
    expect(actionsOfFunction(name)).toEqual([...new Set([...neededBy(stage), ...homeOf(stage)])].sort());
  });
});

describe('the steps around the stages', () => {
  test.each<[string, readonly string[]]>([
    [
      'validate',
      [
        'ec2:DescribeAvailabilityZones',
        'ec2:DescribeSubnets',
        'ec2:DescribeVpcs',
        'iam:GetRole',
        'secretsmanager:DescribeSecret',
        'ssm:DescribeParameters',
        'states:DescribeExecution',
        'states:ListExecutions',
      ],
    ],
    ['request-approval', ['s3:GetObject', 'sns:GetTopicAttributes', 'states:SendTaskSuccess']],
    ['approval-api', ['states:DescribeExecution', 'states:SendTaskSuccess']],
    ['summarise', []],
    ['report-failure', []],
    ['execution-ended', ['states:DescribeExecution']],
    ['rerun-due', []],
    ['release-failed', ['codebuild:BatchGetBuilds', 'codepipeline:ListActionExecutions']],
  ])('%s may do no more than what it is for', (name, own) => {
    expect(actionsOfFunction(name)).toEqual([...home, ...own].toSorted());
  });

  const reading = /^[a-z0-9-]+:(Describe|Get|List|BatchGet|BatchCheck|ConditionCheck|Head)[A-Z]/;
  test.each([
    'validate',
    'plan',
    'validate-destroy',
    'inventory',
    'summarise-destroy',
    ...stages.filter((stage) => 'awaits' in stage).map(({ name }) => name),
  ])('%s can change nothing but the own table and topic, and keep a plan', (name) => {
    const changing = actionsOfFunction(name).filter((action) => !reading.test(action) && !home.includes(action));
    expect(changing).toEqual(name === 'plan' ? ['s3:PutObject'] : []);
  });

  test('what puts an object somewhere puts it into the bucket of plans', () => {
    const putting = (functions.get('plan')?.statements ?? []).filter(({ Action }) => Action.includes('s3:PutObject'));
    expect(putting.flatMap(({ Resource }) => Resource)).toEqual([expect.stringMatching(/^<Plans\w+\.Arn>\/\*$/)]);
  });

  /** Topics of the platform that a function tells something, beside the provisioner's own. */
  const platformTopics: Readonly<Record<string, readonly string[]>> = {
    // A failure that is not started again is an alarm.
    'execution-ended': ['arn:<AWS::Partition>:sns:*:<AWS::AccountId>:*-alarms'],
    'release-failed': ['arn:<AWS::Partition>:sns:*:<AWS::AccountId>:*-alarms'],
  };
  test.each([...functions.keys()])('%s writes to no table and no topic but its own', (name) => {
    const foreign = (functions.get(name)?.statements ?? [])
      .filter(({ Action }) => Action.some((action) => /^(dynamodb:|sns:Publish$)/.test(action)))
      .flatMap(({ Resource }) => Resource)
      .filter((resource) => !/^<(Table|Progress|Approvals)\w+(\.Arn)?>$/.test(resource));
    expect(foreign).toEqual(platformTopics[name] ?? []);
  });
});

describe('every role of the stack', () => {
  test.each(policies)('%s names every action', (_, { Properties }) => {
    expect(actionsOf(statementsOf(Properties.PolicyDocument)).filter((action) => action.includes('*'))).toEqual([]);
  });

  test.each(policies)(
    '%s passes on only roles of ours or those that deploy allows, to a named service',
    (_, { Properties }) => {
      for (const { Action, Resource, Condition } of statementsOf(Properties.PolicyDocument)) {
        if (!Action.includes('iam:PassRole')) continue;
        expect(Action).toEqual(['iam:PassRole']);
        const service = text(Condition.StringEquals?.['iam:PassedToService']);
        expect(service).toMatch(/^[a-z-]+\.amazonaws\.com$/);
        const ours = 'arn:<AWS::Partition>:iam::<AWS::AccountId>:role/slipway/*';
        expect(Resource.toSorted()).toEqual(
          service === 'ecs-tasks.amazonaws.com'
            ? ['<TaskRoles>', ours, ...nothingElse('arn:aws:iam::aws:role/none')]
            : [ours],
        );
      }
    },
  );

  test.each(policies)('%s makes a role only under our path, and only with the boundary', (_, { Properties }) => {
    for (const { Action, Resource, Condition } of statementsOf(Properties.PolicyDocument)) {
      if (!Action.includes('iam:CreateRole')) continue;
      expect(Resource).toEqual(['arn:<AWS::Partition>:iam::<AWS::AccountId>:role/slipway/*']);
      expect(text(Condition.StringEquals?.['iam:PermissionsBoundary'])).toMatch(/^<PlatformBoundary\w+>$/);
    }
  });

  test.each(policies)('%s takes the boundary off no role', (_, { Properties }) => {
    const actions = actionsOf(statementsOf(Properties.PolicyDocument));
    expect(
      actions.filter((action) => /DeleteRolePermissionsBoundary|CreatePolicy|User|AccessKey/.test(action)),
    ).toEqual([]);
  });

  test.each(resources('AWS::IAM::Role'))(
    "%s has no managed policy but that for a function's logs",
    (_, { Properties }) => {
      const managed = ((Properties.ManagedPolicyArns ?? []) as unknown[]).map(text);
      expect(managed.filter((arn) => !arn.endsWith('service-role/AWSLambdaBasicExecutionRole'))).toEqual([]);
    },
  );
});

const withSecrets = secondaryConfig({
  app: {
    ...regionConfig().app,
    secrets: {
      TOKEN: 'arn:aws:secretsmanager:us-west-2:123456789012:secret:shop/token-AbCdEf',
      KEY: 'arn:aws:ssm:us-west-2:123456789012:parameter/shop/key',
    },
    taskRoleArn: 'arn:aws:iam::123456789012:role/app/reader',
  },
});

describe('the permissions boundary', () => {
  const [[, boundary] = []] = resources('AWS::IAM::ManagedPolicy');
  const bounded = actionsOf(statementsOf(boundary?.Properties.PolicyDocument));

  test('is the only managed policy of the stack', () => {
    expect(resources('AWS::IAM::ManagedPolicy')).toHaveLength(1);
  });

  test.each([
    ['the primary region', regionConfig()],
    ['a pipeline away from the provisioner', regionConfig({ homeRegion: 'eu-west-1' })],
    ['another region', secondaryConfig()],
    ['an app with secrets', withSecrets],
  ])('leaves the roles of %s everything that their policies allow', (_, config) => {
    const used = role
      .specs(config)
      .flatMap(({ spec }) =>
        Object.values(spec.policies).flatMap(({ Statement: all }) => all.flatMap(({ Action }) => Action)),
      );
    expect(used.length).toBeGreaterThan(0);
    expect(used.filter((action) => !bounded.includes(action))).toEqual([]);
  });

  test('stays below what IAM takes of a managed policy, with the longest lists that deploy takes', () => {
    const characters = statementsOf(boundary?.Properties.PolicyDocument)
      .map((each) =>
        JSON.stringify(each).replaceAll('<AWS::AccountId>', '123456789012').replaceAll('<AWS::Partition>', 'aws'),
      )
      .join().length;
    // Each list once more for all that stands for it: secrets' prefixes in two places, roles' ARNs in one.
    expect(characters + 2 * 300 + 600).toBeLessThan(6_144);
  });

  test('reads secrets only under the prefixes that deploy allows, and uses keys only through named services', () => {
    const reading = statementsOf(boundary?.Properties.PolicyDocument).filter(({ Action }) =>
      Action.some((action) => /^(secretsmanager|ssm|kms):/.test(action)),
    );
    expect(reading.map(({ Action, Resource, Condition }) => [...Action, ...Resource, Condition])).toEqual([
      [
        'secretsmanager:GetSecretValue',
        'arn:<AWS::Partition>:secretsmanager:*:<AWS::AccountId>:secret:<ReadablePrefix>*',
        ...nothingElse('arn:<AWS::Partition>:secretsmanager:*:<AWS::AccountId>:secret::none:*'),
        {},
      ],
      [
        'ssm:GetParameters',
        'arn:<AWS::Partition>:ssm:*:<AWS::AccountId>:parameter/<ReadablePrefix>*',
        ...nothingElse('arn:<AWS::Partition>:ssm:*:<AWS::AccountId>:parameter/:none:*'),
        {},
      ],
      [
        'kms:Decrypt',
        '*',
        { StringLike: { 'kms:ViaService': ['secretsmanager.*.amazonaws.com', 'ssm.*.amazonaws.com'] } },
      ],
      [
        'kms:Decrypt',
        'kms:DescribeKey',
        'kms:Encrypt',
        'kms:GenerateDataKey',
        'kms:ReEncryptFrom',
        'kms:ReEncryptTo',
        '*',
        { StringLike: { 'kms:ViaService': ['codecommit.*.amazonaws.com', 's3.*.amazonaws.com'] } },
      ],
    ]);
  });

  test('forwards events of CodePipeline to the home region’s bus, and puts none of its own', () => {
    const putting = statementsOf(boundary?.Properties.PolicyDocument).filter(({ Action }) =>
      Action.some((action) => action.startsWith('events:')),
    );
    expect(putting).toEqual([
      {
        Effect: 'Allow',
        Action: ['events:PutEvents'],
        Resource: ['arn:<AWS::Partition>:events:<AWS::Region>:<AWS::AccountId>:event-bus/default'],
        Condition: { 'ForAllValues:StringEquals': { 'events:source': ['aws.codepipeline'] } },
      },
    ]);
  });

  test('holds nothing of identity management but handing on a role', () => {
    expect(bounded.filter((action) => /^(iam|sts|organizations|account):/.test(action))).toEqual(['iam:PassRole']);
  });
});
