import { describe, expect, test } from '@jest/globals';
import { type FunctionName, functions, isApprovalStep, pascal, stepsAround, titleOf } from '../../../workflow/steps.ts';

describe('the progress view', () => {
  test.each([
    ['provision', 'before', ['validate', 'plan', 'approve-changes']],
    ['provision', 'after', ['approve-production', 'summarise']],
    ['destroy', 'before', ['validate', 'inventory', 'approve-removal']],
    ['destroy', 'after', ['summarise']],
  ] as const)('of %s lists %s the regions', (machine, place, expected) => {
    expect(stepsAround(machine, place)).toEqual(expected);
  });

  test.each([
    ['validate', 'Validate input'],
    ['plan', 'Plan'],
    ['inventory', 'List resources'],
    ['approve-changes', 'Approve changes'],
    ['approve-removal', 'Approve removal'],
    ['approve-production', 'Approve production'],
    ['provision-regions', 'Provision regions'],
    ['promote-regions', 'Promote regions'],
    ['remove-orphans', 'Remove orphans'],
    ['destroy-regions', 'Destroy regions'],
    ['summarise', 'Summarise'],
    ['execution', 'Execution'],
    ['vpc', 'VPC'],
    ['nat', 'NAT'],
    ['ecs', 'ECS'],
    ['alb', 'ALB'],
    ['ecr-push', 'ECR push'],
    ['pipeline', 'Pipeline'],
    ['monitoring', 'Monitoring'],
    ['await-network', 'Await network'],
    ['routes', 'Route private subnets'],
    ['deploy-staging', 'Deploy staging'],
    ['await-staging', 'Await healthy staging'],
    ['deploy-production', 'Deploy production'],
    ['await-production', 'Await healthy production'],
    ['finish-production', 'Finish production'],
    ['remove-vpc', 'Remove VPC'],
    ['remove-deploy-production', 'Remove Deploy production'],
  ] as const)('calls %s %s', (name, title) => {
    expect(titleOf(name)).toBe(title);
  });
});

test.each([
  ['approve-changes', true],
  ['approve-production', true],
  ['approve-removal', true],
  ['plan', false],
  ['vpc', false],
  ['toString', false],
])('%s asks people: %s', (name, asks) => {
  expect(isApprovalStep(name)).toBe(asks);
});

/** Seconds, megabytes, and what it may reach besides the table and the progress topic. */
test.each<[FunctionName, number, number | undefined, readonly string[] | undefined, readonly string[] | undefined]>([
  [
    'validate',
    90,
    undefined,
    ['zones', 'secrets', 'execution-status', 'child-executions', 'end-questions'],
    ['ALARM_EMAIL', 'APPROVER_EMAIL', 'BASE_IMAGE', 'PERMISSIONS_BOUNDARY_ARN', 'SECRET_PREFIXES', 'TASK_ROLES'],
  ],
  ['plan', 300, 1024, ['snapshot', 'quotas', 'write-plans'], ['PLANS_BUCKET']],
  [
    'request-approval',
    60,
    undefined,
    ['questions', 'ask', 'answer', 'read-plans'],
    ['APPROVALS_TOPIC_ARN', 'APPROVAL_URL'],
  ],
  ['summarise', 60, undefined, ['end-questions'], undefined],
  ['report-failure', 60, undefined, ['end-questions'], undefined],
  ['validate-destroy', 60, undefined, ['execution-status', 'child-executions', 'end-questions'], undefined],
  ['inventory', 300, 1024, ['snapshot'], undefined],
  ['summarise-destroy', 300, 1024, ['snapshot', 'end-questions'], undefined],
  // HTTP APIs give up after 30 s.
  ['approval-api', 29, undefined, ['questions', 'answer', 'execution-status'], undefined],
  ['execution-ended', 60, undefined, ['alarms', 'execution-status', 'end-questions'], ['MAX_RERUNS']],
  ['rerun-due', 30, undefined, undefined, undefined],
  ['run-requested', 30, undefined, ['start', 'refused-events'], ['PROVISION_ARN', 'REFUSED_QUEUE_URL']],
  ['reconcile-due', 30, undefined, ['start'], ['PROVISION_ARN']],
  ['release-failed', 60, undefined, ['alarms', 'releases'], undefined],
])('the Lambda %s may do what it needs and no more', (name, timeoutSeconds, memoryMegabytes, access, settings) => {
  const { description: _, file: _file, ...rest }: Readonly<Record<string, unknown>> = functions[name];
  expect(rest).toEqual(
    Object.fromEntries(
      Object.entries({
        timeoutSeconds,
        memoryMegabytes,
        access,
        settings,
        carriesApp: name === 'validate' || undefined,
      }).filter(([, value]) => value !== undefined),
    ),
  );
});

test.each([
  ['vpc', 'Vpc'],
  ['ecr-push', 'EcrPush'],
  ['await-network', 'AwaitNetwork'],
])('CloudFormation knows %s as %s', (name, expected) => {
  expect(pascal(name)).toBe(expected);
});
