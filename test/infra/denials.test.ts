import { describe, expect, test } from '@jest/globals';
import type { Role } from '@slipway/local-cloud';
import { changesWithoutTag } from '../../infra/permission-reasons.ts';
import { approvalKey, deploymentKey, questionsKey } from '../../lambdas/store/table.ts';
import { synthesiseStack } from '../support/synthesised-stack.ts';
import { account, boundaryOf, functionRoles, homeRegion } from '../support/template-roles.ts';
import {
  allowedOf,
  allows,
  asksForOurTag,
  changesOf,
  foreign,
  namedLikeOurs,
  ofADeployment,
  type Question,
  somebodys,
} from './questions.ts';

const stack = synthesiseStack();
const roles = functionRoles(stack);
const boundary = boundaryOf(stack);

describe('what does not carry a tag of ours', () => {
  const changed = async (role: Role): Promise<readonly string[]> => {
    const allowed = new Set<string>();
    for (const [action, patterns] of await changesOf(role))
      for (const resource of [...(await foreign(action, patterns)), ...namedLikeOurs(patterns)])
        if (await allows(role, { action, resource })) allowed.add(action);
    return [...allowed];
  };

  test.each([...roles])('%s changes none of it, but for what has a reason', async (_, role) => {
    expect((await changed(role)).filter((action) => !(action in changesWithoutTag))).toEqual([]);
  });

  test('every reason is needed', async () => {
    const needed = new Set((await Promise.all([...roles.values()].map(changed))).flat());
    expect(Object.keys(changesWithoutTag).filter((action) => !needed.has(action))).toEqual([]);
  });

  test('is not to be had by asking for our tag: that is for what is made, whose id is not known yet', async () => {
    const made = new Set<string>();
    for (const role of roles.values())
      for (const [action, patterns] of await changesOf(role))
        for (const resource of await foreign(action, patterns))
          if (!(action in changesWithoutTag) && (await allows(role, { action, resource, context: asksForOurTag })))
            made.add(`${action} ${resource.split(':').at(-1)?.replace(`/${somebodys}`, '')}`);
    expect([...made].sort()).toEqual([
      'application-autoscaling:RegisterScalableTarget scalable-target',
      'application-autoscaling:TagResource scalable-target',
      'ec2:AllocateAddress elastic-ip',
      'ec2:CreateFlowLogs vpc-flow-log',
      'ec2:CreateInternetGateway internet-gateway',
      'ec2:CreateNatGateway natgateway',
      'ec2:CreateRouteTable route-table',
      'ec2:CreateSecurityGroup security-group',
      'ec2:CreateSubnet subnet',
      'ec2:CreateVpc vpc',
    ]);
  });
});

describe.each([...roles])('%s', (name, role) => {
  test('changes nothing in a region that Slipway does not know', async () => {
    const elsewhere = 'mx-central-1';
    const questions = (await changesOf(role))
      .filter(([action]) => !action.startsWith('iam:'))
      .flatMap(([action, patterns]) =>
        [...namedLikeOurs(patterns, elsewhere), '*'].map((resource) => ({
          action,
          resource,
          context: asksForOurTag,
          tags: ofADeployment,
          region: elsewhere,
        })),
      );
    expect(questions.length).toBeGreaterThan(0);
    expect(await allowedOf(role, questions)).toEqual([]);
  });

  test('gives nobody more than it has', async () => {
    const global = (resource: string): string => `arn:aws:iam::${account}:${resource}`;
    const ourRole = global('role/slipway/shop-us-east-1-build');
    const ownBoundary = { 'iam:PermissionsBoundary': boundary.arn };
    const admin = 'arn:aws:iam::aws:policy/AdministratorAccess';
    const passing = (resource: string, ...services: readonly string[]): readonly Question[] =>
      services.map((service) => ({
        action: 'iam:PassRole',
        resource,
        context: { 'iam:PassedToService': `${service}.amazonaws.com` },
      }));
    expect(
      await allowedOf(role, [
        { action: 'iam:CreateUser', resource: global('user/mallory') },
        { action: 'iam:CreateAccessKey', resource: global('user/admin') },
        { action: 'iam:CreateRole', resource: ourRole },
        { action: 'iam:CreateRole', resource: ourRole, context: { 'iam:PermissionsBoundary': admin } },
        { action: 'iam:CreateRole', resource: global('role/mallory'), context: ownBoundary },
        { action: 'iam:PutRolePolicy', resource: ourRole },
        { action: 'iam:PutRolePolicy', resource: ourRole, context: { 'iam:PermissionsBoundary': admin } },
        { action: 'iam:PutRolePolicy', resource: global('role/admin'), context: ownBoundary },
        { action: 'iam:UpdateAssumeRolePolicy', resource: global('role/admin') },
        { action: 'iam:AttachRolePolicy', resource: ourRole, context: { 'iam:PolicyARN': admin, ...ownBoundary } },
        { action: 'iam:DeleteRolePermissionsBoundary', resource: ourRole, context: ownBoundary },
        { action: 'iam:PutRolePermissionsBoundary', resource: ourRole, context: { 'iam:PermissionsBoundary': admin } },
        { action: 'iam:CreatePolicyVersion', resource: boundary.arn },
        {
          action: 'iam:CreateServiceLinkedRole',
          resource: global('role/aws-service-role/x.amazonaws.com/X'),
          context: { 'iam:AWSServiceName': 'x.amazonaws.com' },
        },
        { action: 'sts:AssumeRole', resource: global('role/admin') },
        {
          action: 'lambda:UpdateFunctionCode',
          resource: `arn:aws:lambda:${homeRegion}:${account}:function:slipway-vpc`,
        },
        {
          action: 'states:UpdateStateMachine',
          resource: `arn:aws:states:${homeRegion}:${account}:stateMachine:slipway-provision`,
        },
        ...['UpdateRole', 'TagRole', 'UntagRole', 'AddRoleToInstanceProfile'].map((action) => ({
          action: `iam:${action}`,
          resource: global('role/admin'),
        })),
        { action: 'iam:SetDefaultPolicyVersion', resource: boundary.arn },
        ...['AddPermission', 'UpdateFunctionConfiguration', 'PublishVersion'].map((action) => ({
          action: `lambda:${action}`,
          resource: `arn:aws:lambda:${homeRegion}:${account}:function:${name}`,
        })),
        // A subscriber that could confirm itself.
        ...['https', 'http', 'sqs', 'lambda', 'firehose', 'sms'].map((protocol) => ({
          action: 'sns:Subscribe',
          resource: `arn:aws:sns:${homeRegion}:${account}:shop-alarms`,
          tags: ofADeployment,
          context: { 'sns:Protocol': protocol },
        })),
        // Whoever could take our tags off would put things out of everybody's reach.
        { action: 'tag:UntagResources', resource: '*' },
        { action: 'ec2:DeleteTags', resource: `arn:aws:ec2:${homeRegion}:${account}:vpc/vpc-1`, tags: ofADeployment },
        {
          action: 'ecs:UntagResource',
          resource: `arn:aws:ecs:${homeRegion}:${account}:service/shop-cluster/production`,
          tags: ofADeployment,
        },
        {
          action: 'secretsmanager:GetSecretValue',
          resource: `arn:aws:secretsmanager:${homeRegion}:${account}:secret:shop/x`,
        },
        { action: 'ssm:GetParameters', resource: `arn:aws:ssm:${homeRegion}:${account}:parameter/shop/x` },
        { action: 'kms:Decrypt', resource: `arn:aws:kms:${homeRegion}:${account}:key/1` },
        ...passing(global('role/admin'), 'codebuild', 'codepipeline', 'ecs-tasks', 'events', 'vpc-flow-logs', 'lambda'),
        ...passing(ourRole, 'lambda', 'ec2', 'states'),
      ]),
    ).toEqual([]);
  });

  const table = `arn:aws:dynamodb:${homeRegion}:${account}:table/slipway`;
  const itemActions = [
    'GetItem',
    'BatchGetItem',
    'Query',
    'Scan',
    'PutItem',
    'UpdateItem',
    'DeleteItem',
    'ConditionCheckItem',
  ];
  const withKeys = (
    keys: readonly string[],
    actions = itemActions,
    context: Question['context'] = {},
  ): readonly Question[] =>
    actions.map((action) => ({
      action: `dynamodb:${action}`,
      resource: table,
      context: { ...(keys.length === 0 ? {} : { 'dynamodb:LeadingKeys': [...keys] }), ...context },
    }));
  const actionsOn = async (...questions: readonly Question[]): Promise<readonly string[]> =>
    (await allowedOf(role, questions)).map((line) => line.replace(/^dynamodb:(\w+) .*$/, '$1'));

  test('sees questions to people only if it asks, or answers for them', async () => {
    const asks = ['request-approval', 'approval-api'].includes(name);
    const ends = [
      ...['validate', 'validate-destroy', 'report-failure'],
      ...['summarise', 'summarise-destroy', 'execution-ended'],
    ].includes(name);
    const all = ['GetItem', 'PutItem', 'UpdateItem'];
    expect(await actionsOn(...withKeys([approvalKey('id')]))).toEqual(asks ? all : ends ? ['UpdateItem'] : []);
    expect(await actionsOn(...withKeys([questionsKey('arn')]))).toEqual(asks ? all : ends ? ['Query'] : []);
    for (const answer of ['ALL_OLD', 'ALL_NEW', 'UPDATED_OLD', 'UPDATED_NEW'])
      expect(
        await actionsOn(...withKeys([approvalKey('id')], ['UpdateItem'], { 'dynamodb:ReturnValues': answer })),
      ).toEqual(asks ? ['UpdateItem'] : []);
    expect(await actionsOn(...withKeys([deploymentKey('shop'), 'somebodys']))).toEqual([]);
    expect(await actionsOn(...withKeys([]))).toEqual([]);
  });
});

test('the boundary stops what a role of a platform was granted beyond its needs', async () => {
  const everything = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  const bounded: Role = { ...boundary.role, policies: { everything } };
  const global = (resource: string): string => `arn:aws:iam::${account}:${resource}`;
  expect(
    await allowedOf(bounded, [
      { action: 'iam:CreateUser', resource: global('user/mallory') },
      { action: 'iam:CreateRole', resource: global('role/slipway/mallory') },
      { action: 'iam:PutRolePolicy', resource: global('role/slipway/mallory') },
      {
        action: 'iam:PassRole',
        resource: global('role/admin'),
        context: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' },
      },
      {
        action: 'iam:PassRole',
        resource: global('role/slipway/x'),
        context: { 'iam:PassedToService': 'lambda.amazonaws.com' },
      },
      { action: 'sts:AssumeRole', resource: global('role/admin') },
      { action: 'lambda:InvokeFunction', resource: `arn:aws:lambda:${homeRegion}:${account}:function:slipway-vpc` },
      {
        action: 'states:SendTaskSuccess',
        resource: `arn:aws:states:${homeRegion}:${account}:stateMachine:slipway-provision`,
      },
      { action: 'dynamodb:GetItem', resource: `arn:aws:dynamodb:${homeRegion}:${account}:table/slipway` },
      { action: 'secretsmanager:GetSecretValue', resource: `arn:aws:secretsmanager:${homeRegion}:${account}:secret:x` },
      { action: 'ec2:DeleteVpc', resource: `arn:aws:ec2:${homeRegion}:${account}:vpc/vpc-1` },
      { action: 's3:DeleteBucket', resource: 'arn:aws:s3:::somebodys' },
      { action: 's3:PutBucketPolicy', resource: 'arn:aws:s3:::somebodys' },
    ]),
  ).toEqual([]);
});
