import { describe, expect, jest, test } from '@jest/globals';
import { examine, type Subject } from '../../../../infra/cli/doctor/check.ts';
import { checks, openAssumptions } from '../../../../infra/cli/doctor/checks.ts';
import { findingLines } from '../../../../infra/cli/doctor/subject.ts';
import { inputSchema } from '../../../../workflow/input.ts';
import { knownRegions } from '../../../../workflow/regions.ts';
import { answeringCloud } from '../../../support/answering-cloud.ts';

type Answers = Parameters<typeof answeringCloud>[0];

const error =
  (name: string, message = name) =>
  () => {
    throw Object.assign(new Error(message), { name, $metadata: {} });
  };
const caller = {
  GetCallerIdentity: () => ({ Account: '123456789012', Arn: 'arn:aws:sts::123456789012:assumed-role/admin/me' }),
};
const noStack = { DescribeStacks: error('ValidationError', 'Stack with id slipway does not exist') };
const stack = (StackStatus: string, Outputs: readonly object[] = []) => ({
  DescribeStacks: () => ({ Stacks: [{ StackName: 'slipway', StackStatus, Outputs }] }),
});
const topic = stack('CREATE_COMPLETE', [{ OutputKey: 'ApprovalsTopicArn', OutputValue: 'topic' }]);
const subscriptions = (...arns: readonly string[]) => ({
  ...topic,
  ListSubscriptionsByTopic: () => ({
    Subscriptions: arns.map((SubscriptionArn) => ({ SubscriptionArn, Endpoint: 'you@example.com' })),
  }),
});
const ofSingleSignOn = 'arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/admin';
const simulated = (decision: string) => ({
  ...caller,
  GetRole: () => ({ Role: { Arn: ofSingleSignOn } }),
  SimulatePrincipalPolicy: ({ ActionNames, PolicySourceArn }: Readonly<Record<string, unknown>>) => {
    if (PolicySourceArn !== ofSingleSignOn) error('NoSuchEntityException')();
    return {
      EvaluationResults: (ActionNames as string[]).map((EvalActionName) => ({
        EvalActionName,
        EvalDecision: decision,
      })),
    };
  },
});
const regions = (status: string) => ({
  DescribeRegions: () => ({ Regions: knownRegions.map((RegionName) => ({ RegionName, OptInStatus: status })) }),
});
const quota = (Value: number) => ({
  ...noStack,
  DescribeAvailabilityZones: () => ({
    AvailabilityZones: ['a', 'b'].map((letter) => ({
      ...{ ZoneName: `us-east-1${letter}`, ZoneId: letter, ZoneType: 'availability-zone', State: 'available' },
    })),
  }),
  GetServiceQuota: () => ({ Quota: { Value } }),
});
const concurrency = (UnreservedConcurrentExecutions: number) => ({
  GetAccountSettings: () => ({ AccountLimit: { UnreservedConcurrentExecutions } }),
});
const zeros = `sha256:${'0'.repeat(64)}`;
const registry = (status: number, digest?: string) =>
  jest
    .spyOn(globalThis, 'fetch')
    .mockImplementation(
      async () =>
        new Response(null, { status, headers: digest === undefined ? {} : { 'docker-content-digest': digest } }),
    );

function subject(answers: Answers, baseImage = 'registry.example/node:24'): Subject {
  const { cloud } = answeringCloud(answers);
  return {
    home: cloud,
    regions: [cloud, cloud],
    input: inputSchema.parse({}),
    baseImage,
    regionNamed: () => cloud,
  };
}

async function look(name: string, answers: Answers, baseImage?: string) {
  const [finding] = await examine(
    subject(answers, baseImage),
    checks.filter((check) => check.name === name),
  );
  return finding;
}

/** Each row: the check, what AWS answers, the verdict and what it says. */
const verdicts: readonly (readonly [string, string, Answers, string, RegExp])[] = [
  ['credentials', 'that work', caller, 'fine', /^account 123456789012, arn:/],
  [
    'credentials',
    'that are missing',
    { GetCallerIdentity: error('CredentialsProviderError', 'Could not load credentials') },
    'problem',
    /Could not load credentials/,
  ],
  ['permissions', 'that suffice', simulated('allowed'), 'fine', /allowed/],
  [
    'permissions',
    'that are denied',
    simulated('implicitDeny'),
    'problem',
    /sts:AssumeRole on .*cdk-hnb659fds-deploy-role/,
  ],
  [
    'permissions',
    'that may not be simulated',
    { ...caller, SimulatePrincipalPolicy: error('AccessDenied') },
    'unknown',
    /AccessDenied/,
  ],
  [
    'permissions',
    'of the root user',
    { GetCallerIdentity: () => ({ Account: '123456789012', Arn: 'arn:aws:iam::123456789012:root' }) },
    'unknown',
    /root user/,
  ],
  [
    'service-linked roles',
    'that are missing',
    { ListRoles: () => ({ Roles: [{ RoleName: 'AWSServiceRoleForECS' }] }) },
    'fine',
    /the first run makes AWSServiceRoleForElasticLoadBalancing, AWSServiceRoleForApplicationAutoScaling_ECSService/,
  ],
  ['service-linked roles', 'that may not be listed', { ListRoles: error('AccessDenied') }, 'unknown', /AccessDenied/],
  ['Lambda concurrency', 'of a new account', concurrency(10), 'fine', /10 at once, 7 needed/],
  ['Lambda concurrency', 'that is reserved', concurrency(6), 'problem', /6 at once, 7 needed/],
  ['CDK bootstrap', 'that is there', { GetParameter: () => ({ Parameter: { Value: '21' } }) }, 'fine', /version 21/],
  ['CDK bootstrap', 'that is too old', { GetParameter: () => ({ Parameter: { Value: '5' } }) }, 'problem', /version 5/],
  ['CDK bootstrap', 'that is missing', { GetParameter: error('ParameterNotFound') }, 'problem', /not bootstrapped/],
  [
    'CDK bootstrap',
    'that may not be read',
    { GetParameter: error('AccessDeniedException') },
    'unknown',
    /AccessDenied/,
  ],
  ['stack', 'that is not there', noStack, 'fine', /not deployed yet/],
  ['stack', 'that stands', stack('UPDATE_COMPLETE'), 'fine', /UPDATE_COMPLETE/],
  ['stack', 'that is stuck', stack('DELETE_FAILED'), 'problem', /DELETE_FAILED/],
  [
    'kept by a removed stack',
    'nothing',
    { ...noStack, ...caller, DescribeTable: error('ResourceNotFoundException'), HeadBucket: error('NotFound') },
    'fine',
    /^nothing$/,
  ],
  [
    'kept by a removed stack',
    'its table',
    { ...noStack, ...caller, HeadBucket: error('NotFound') },
    'fine',
    /table slipway: `deploy` takes them over/,
  ],
  ['other provisioners', 'none', noStack, 'fine', /none/],
  ['other provisioners', 'some', stack('CREATE_COMPLETE'), 'unknown', /one stands in us-east-2, /],
  ['who is asked', 'before the first deployment', noStack, 'unknown', /not deployed yet/],
  ['who is asked', 'nobody', subscriptions(), 'problem', /nobody is asked/],
  [
    'who is asked',
    'somebody who has not confirmed',
    subscriptions('PendingConfirmation'),
    'problem',
    /you@example\.com/,
  ],
  ['who is asked', 'somebody', subscriptions('arn:aws:sns:…'), 'fine', /1 confirmed/],
  ['who gets mails of the platform', 'before the first deployment', noStack, 'unknown', /not deployed yet/],
  ['who gets mails of the platform', 'nobody', topic, 'problem', /NOBODY IS ASKED .*; NOBODY GETS AN E-MAIL /],
  ['enabled regions', 'all', regions('opt-in-not-required'), 'fine', /us-east-1/],
  ['enabled regions', 'none', regions('not-opted-in'), 'problem', /not enabled: us-east-1/],
  ['list of regions', 'all known to EC2', regions('opted-in'), 'fine', /EC2 knows all/],
  ['list of regions', 'none known to EC2', {}, 'unknown', /EC2 does not know us-east-1/],
  ['quotas', 'with room', quota(5), 'fine', /room/],
  ['quotas', 'without room', quota(0), 'problem', /us-east-1: VPCs per Region \(L-F678F1CE\): 0 in use, 1 more wanted/],
  ['quotas', 'where a provisioner stands', stack('CREATE_COMPLETE'), 'unknown', /every plan checks/],
  ['CodeCommit', 'in use', { ListRepositories: () => ({ repositories: [{}] }) }, 'fine', /has repositories/],
  ['CodeCommit', 'without a repository', {}, 'unknown', /Pipeline stage/],
  ['CodeCommit', 'closed', { ListRepositories: error('OperationNotAllowedException') }, 'problem', /NotAllowed/],
  ['load balancers', 'in use', { DescribeLoadBalancers: () => ({ LoadBalancers: [{}] }) }, 'fine', /us-east-1/],
  ['load balancers', 'none', {}, 'unknown', /the ALB stage says so/],
  ['log groups by name', 'left out', {}, 'fine', /leaves out/],
  ['log groups by name', 'refused', { DescribeLogGroups: error('ResourceNotFoundException') }, 'unknown', /NotFound/],
];

describe('doctor', () => {
  test.each(verdicts)('%s %s', async (name, _, answers, verdict, detail) => {
    const finding = await look(name, answers);
    expect(finding).toMatchObject({ name, verdict });
    expect(finding?.detail).toMatch(detail);
  });

  test.each([
    ['there', 'registry.example/node:24', 200, 'fine', /^registry\.example\/node@sha256:0{64}$/],
    ['on Docker Hub', 'node:24', 200, 'fine', /^docker\.io\/library\/node@sha256:0{64}$/],
    ['that is pinned, without asking the registry', `a.example/b:1@${zeros}`, 503, 'fine', /^a\.example\/b@sha256:0/],
    ['not there', 'registry.example/node:24', 404, 'problem', /there is no image registry\.example\/node:24/],
    ['out of reach', 'registry.example/node:24', 503, 'problem', /did not give the digest/],
    ['on a private host', 'registry.local:5000/node:24', 200, 'problem', /not a public host/],
    ['pinned on a private host', `10.0.0.1/node@${zeros}`, 200, 'problem', /not a public host/],
    ['that is no reference', 'https://registry.example/node', 200, 'problem', /not a reference/],
  ] as const)('base image %s', async (_, baseImage, status, verdict, detail) => {
    registry(status, status === 200 ? zeros : undefined);
    const finding = await look('base image', {}, baseImage);
    jest.restoreAllMocks();
    expect(finding?.verdict).toBe(verdict);
    expect(finding?.detail).toMatch(detail);
  });

  test('CodeCommit is not asked for an input that brings a repository of its own', async () => {
    const source = {
      connectionArn: `arn:aws:codeconnections:us-east-1:123456789012:connection/${'0'.repeat(36)}`,
      repository: 'shop/app',
    };
    const closed = subject({ ListRepositories: error('OperationNotAllowedException') });
    const [finding] = await examine(
      { ...closed, input: inputSchema.parse({ pipeline: { source } }) },
      checks.filter(({ name }) => name === 'CodeCommit'),
    );
    expect(finding?.verdict).toBe('fine');
  });

  test('every check has a row for each verdict that is not fine, and every row a check', () => {
    const tested = new Set([...verdicts.map(([name]) => name), 'base image']);
    expect([...tested].toSorted()).toEqual(checks.map(({ name }) => name).toSorted());
  });

  test('names the step that settles each assumption that no read can', () => {
    expect(openAssumptions.length).toBeGreaterThan(0);
    for (const { verdict, detail } of openAssumptions) {
      expect(verdict).toBe('unknown');
      expect(detail).toMatch(/\(settled by .+\)$/);
    }
  });

  test('prints what to do under each problem', () => {
    const [line, advice] = findingLines([
      { name: 'stack', stopsDeploy: true, verdict: 'problem', detail: 'it is stuck', advice: 'remove it' },
    ]);
    expect([line, advice]).toEqual([expect.stringContaining('stack: it is stuck'), '         → remove it']);
  });
});
