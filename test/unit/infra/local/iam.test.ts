import { describe, expect, test } from '@jest/globals';
import type { Call } from '../../../../infra/local/front-door/call.ts';
import { denial } from '../../../../infra/local/front-door/iam/denial.ts';
import { evaluate, trusts } from '../../../../infra/local/front-door/iam/evaluator.ts';
import type { Living, Role } from '../../../../infra/local/front-door/iam/living.ts';
import { setServiceControlPolicies } from '../../../../infra/local/front-door/iam/organisation.ts';
import { authorizationsOf } from '../../../../infra/local/front-door/iam/requests.ts';
import { unknown } from '../../../../infra/local/front-door/iam/resources.ts';

const account = '000000000000';
const call = (service: string, action: string, parameters: Call['parameters'], over: Partial<Call> = {}): Call => ({
  service,
  action,
  region: 'eu-west-1',
  principal: 'lambda:f',
  protocol: 'json',
  method: 'POST',
  target: '/',
  headers: {},
  parameters,
  body: Buffer.alloc(0),
  ...over,
});

const role = (policies: Role['policies'], over: Partial<Role> = {}): Role => ({
  name: 'r',
  arn: `arn:aws:iam::${account}:role/path/r`,
  trust: {},
  policies,
  tags: {},
  ...over,
});
const policy = (...statements: readonly object[]): object => ({ Version: '2012-10-17', Statement: statements });
const allow = (action: string, resource = '*', condition?: object): object => ({
  Sid: 'Allowed',
  Effect: 'Allow',
  Action: action,
  Resource: resource,
  ...(condition === undefined ? {} : { Condition: condition }),
});

const living: Living = {
  role: async (name) => (name === 'r' ? role({}) : undefined),
  forgetRoles: () => undefined,
  associated: async (_, ids) => (ids.includes('rtbassoc-1') ? ['rtb-0a', 'subnet-0a'] : []),
  partitionKey: async () => 'pk',
  machineOf: async (token) => (token === 'known' ? 'arn:aws:states:eu-west-1:000000000000:stateMachine:m' : undefined),
  scalableTarget: async (_, id) =>
    id === 'service/c/known' ? 'arn:aws:x:eu-west-1:1:scalable-target/st-1' : undefined,
  tagsOf: async (_, arn) => (arn.endsWith('vpc-0a') ? { owner: 'us' } : {}),
};

const asked = async (of: Call): Promise<readonly string[]> =>
  (await authorizationsOf(of, living)).map(
    ({ action, resource }) => `${action} ${resource.replaceAll(unknown, '*').replace(/^arn:aws:[^:]*:[^:]*:\d*:/, '')}`,
  );

const tagged = (type: string) => [{ ResourceType: type, Tag: [{ Key: 'k', Value: 'v' }] }];

describe('what a call is authorised for', () => {
  test.each<[string, Call, readonly string[]]>([
    [
      'a log group, whose name has slashes',
      call('logs', 'TagResource', {
        resourceArn: `arn:aws:logs:eu-west-1:${account}:log-group:/aws/ecs/containerinsights/c/performance`,
        tags: { k: 'v' },
      }),
      ['logs:TagResource log-group:/aws/ecs/containerinsights/c/performance'],
    ],
    ['a read without resource-level permissions', call('ec2', 'DescribeVpcs', {}), ['ec2:DescribeVpcs *']],
    [
      'all that a NAT gateway touches, and its tags',
      call('ec2', 'CreateNatGateway', {
        SubnetId: 'subnet-0a',
        AllocationId: 'eipalloc-0b',
        TagSpecification: tagged('natgateway'),
      }),
      [
        'ec2:CreateNatGateway subnet/subnet-0a',
        'ec2:CreateNatGateway elastic-ip/eipalloc-0b',
        'ec2:CreateNatGateway natgateway/*',
        'ec2:CreateTags natgateway/*',
      ],
    ],
    [
      'an association, by what it associates',
      call('ec2', 'DisassociateRouteTable', { AssociationId: 'rtbassoc-1' }),
      ['ec2:DisassociateRouteTable route-table/rtb-0a', 'ec2:DisassociateRouteTable subnet/subnet-0a'],
    ],
    [
      'roles that are handed over',
      call('ecs', 'RegisterTaskDefinition', { family: 'f', executionRoleArn: 'arn:aws:iam::000000000000:role/r' }),
      ['ecs:RegisterTaskDefinition task-definition/f:*', 'iam:PassRole role/r'],
    ],
    [
      'what load balancing looks up in its caller’s name',
      call('elasticloadbalancing', 'CreateTargetGroup', { Name: 't' }),
      [
        'elasticloadbalancing:CreateTargetGroup targetgroup/t/*',
        'ec2:DescribeInternetGateways *',
        'ec2:DescribeVpcs *',
      ],
    ],
    ['a role, with its path', call('iam', 'GetRole', { RoleName: 'r' }), ['iam:GetRole role/path/r']],
    ['a role that is not there, without one', call('iam', 'GetRole', { RoleName: 'x' }), ['iam:GetRole role/x']],
    [
      'the items of a transaction',
      call('dynamodb', 'TransactWriteItems', {
        TransactItems: [{ Put: { TableName: 't' } }, { ConditionCheck: { TableName: 't' } }],
      }),
      ['dynamodb:PutItem table/t', 'dynamodb:ConditionCheckItem table/t'],
    ],
    [
      'the items that are read in a transaction',
      call('dynamodb', 'TransactGetItems', { TransactItems: [{ Get: { TableName: 't' } }] }),
      ['dynamodb:GetItem table/t'],
    ],
    [
      'an object of a bucket',
      call('s3', 'HeadObject', {}, { target: '/b/a/b.json?x=1', protocol: 'rest' }),
      ['s3:GetObject b/a/b.json'],
    ],
    [
      'an answer, by the machine that waits for it',
      call('states', 'SendTaskSuccess', { taskToken: 'known' }),
      ['states:SendTaskSuccess stateMachine:m'],
    ],
    [
      'a scalable target, by the id of what it scales',
      call('application-autoscaling', 'DeregisterScalableTarget', { ResourceId: 'service/c/known' }),
      ['application-autoscaling:DeregisterScalableTarget scalable-target/st-1'],
    ],
    [
      'tags, by the service that has them too',
      call('tagging', 'TagResources', { ResourceARNList: ['arn:aws:logs:eu-west-1:000000000000:log-group:g'] }),
      ['tag:TagResources *', 'logs:TagResource log-group:g'],
    ],
    [
      'a layer of an image',
      call('ecr', 'UploadLayerPart', {}, { target: '/v2/app/blobs/uploads/1', protocol: 'rest' }),
      ['ecr:UploadLayerPart repository/app'],
    ],
  ])('%s', async (_, of, expected) => {
    expect(await asked(of)).toEqual(expected);
  });

  test('an operation that no action is known for is no permission', async () => {
    await expect(authorizationsOf(call('ec2', 'MakeVpc', {}), living)).rejects.toThrow('ec2:MakeVpc');
  });
});

describe('what policies decide', () => {
  const vpc = `arn:aws:ec2:eu-west-1:${account}:vpc/vpc-0a`;
  const verdict = (of: Role, action: string, resource: string, context: Readonly<Record<string, string>> = {}) =>
    evaluate(of, { action, resource, context }, 'eu-west-1', living);
  const tagCondition = (value: string) => ({ StringEquals: { 'aws:ResourceTag/owner': value } });

  test('the statement that allows is named', async () => {
    const one = role({ own: policy(allow('ec2:DeleteVpc')) });
    expect(await verdict(one, 'ec2:DeleteVpc', vpc)).toEqual({ allowed: true, by: 'own Allowed' });
  });
  test('nothing allows', async () => {
    expect(await verdict(role({}), 'ec2:DeleteVpc', vpc)).toMatchObject({
      allowed: false,
      because: 'because no identity-based policy allows the ec2:DeleteVpc action',
    });
  });
  test('a deny beats every allow', async () => {
    const both = role({ own: policy(allow('*'), { Effect: 'Deny', Action: 'ec2:DeleteVpc', Resource: '*' }) });
    expect(await verdict(both, 'ec2:DeleteVpc', vpc)).toMatchObject({
      allowed: false,
      because: 'with an explicit deny in an identity-based policy',
    });
  });
  test('a boundary allows no more than it says', async () => {
    const bounded = role({ own: policy(allow('*')) }, { boundary: { arn: 'b', document: policy(allow('logs:*')) } });
    expect(await verdict(bounded, 'ec2:DeleteVpc', vpc)).toMatchObject({
      allowed: false,
      because: 'because no permissions boundary allows the ec2:DeleteVpc action',
    });
  });
  test.each([
    ['ec2:DeleteVpc', 'with an explicit deny in a service control policy'],
    ['ec2:DeleteSubnet', undefined],
  ])('the organisation denies %s, whatever the role’s policies say', async (denied, because) => {
    setServiceControlPolicies([policy({ Effect: 'Deny', Action: denied, Resource: '*' })]);
    const found = await verdict(role({ own: policy(allow('*')) }), 'ec2:DeleteVpc', vpc);
    setServiceControlPolicies([]);
    expect(found.because).toBe(because);
  });
  test.each([
    ['the secret', 'secretsmanager.eu-west-1.amazonaws.com', 'arn:secret', true],
    ['another secret', 'secretsmanager.eu-west-1.amazonaws.com', 'arn:other', false],
    ['a parameter', 'ssm.eu-west-1.amazonaws.com', 'arn:secret', false],
  ])('a key decrypts %s', async (_, via, of, allowed) => {
    const condition = {
      StringLike: { 'kms:ViaService': 'secretsmanager.*.amazonaws.com' },
      StringEquals: { 'kms:EncryptionContext:SecretARN': ['arn:secret'] },
    };
    const one = role({ own: policy(allow('kms:Decrypt', '*', condition)) });
    const context = { 'kms:ViaService': via, 'kms:EncryptionContext:SecretARN': of };
    expect((await verdict(one, 'kms:Decrypt', `arn:aws:kms:eu-west-1:${account}:key/1`, context)).allowed).toBe(
      allowed,
    );
  });
  test.each([
    ['us', true],
    ['them', false],
  ])('tags of what stands count: owned by %s', async (owner, allowed) => {
    const one = role({ own: policy(allow('ec2:DeleteVpc', '*', tagCondition(owner))) });
    expect((await verdict(one, 'ec2:DeleteVpc', vpc)).allowed).toBe(allowed);
  });
  test.each([
    ['ecs-tasks.amazonaws.com', true],
    ['lambda.amazonaws.com', false],
  ])('a role may be passed to %s', async (service, allowed) => {
    const condition = { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } };
    const one = role({ own: policy(allow('iam:PassRole', '*', condition)) });
    const passing = verdict(one, 'iam:PassRole', `arn:aws:iam::${account}:role/r`, { 'iam:PassedToService': service });
    expect((await passing).allowed).toBe(allowed);
  });
  test('a service acts as a role only where that trusts it', async () => {
    const trust = policy({ Effect: 'Allow', Principal: { Service: 'states.amazonaws.com' }, Action: 'sts:AssumeRole' });
    const trusting = role({}, { trust });
    expect(await trusts(trusting, 'states.amazonaws.com', 'arn:x')).toBe(true);
    expect(await trusts(trusting, 'events.amazonaws.com', 'arn:x')).toBe(false);
  });
});

test.each<[service: string, code: string, status: number, protocol?: Call['protocol']]>([
  ['ec2', 'UnauthorizedOperation', 403],
  ['ecs', 'AccessDeniedException', 400],
  ['iam', 'AccessDenied', 403],
  ['s3', 'AccessDenied', 403],
  ['sns', 'AuthorizationError', 403],
  ['codecommit', 'AccessDeniedException', 403, 'rest'],
])('%s says that it is denied in its own words', (service, code, status, protocol = 'json') => {
  const error = denial(call(service, 'x', {}, { protocol }), {
    session: 'arn:aws:sts::000000000000:assumed-role/r/f',
    action: `${service}:X`,
    resource: `arn:aws:${service}:::thing/${unknown}`,
    because: `because no identity-based policy allows the ${service}:X action`,
  });
  expect(error).toMatchObject({ code, status });
  expect(error.message).toContain(
    `User: arn:aws:sts::000000000000:assumed-role/r/f is not authorized to perform: ${service}:X on resource: arn:aws:${service}:::thing/* because`,
  );
});
