import { afterEach, describe, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/events/release-failed.ts';
import { inputSchema } from '../../../../workflow/input.ts';
import { context, type HandlerCloud, handlerCloud, reachedItem } from '../../../support/handler-cloud.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

let cloud: HandlerCloud;
afterEach(() => cloud?.close());

const action = (stageName: string, actionName: string, category: string, status: string, more: object = {}) => ({
  stageName,
  actionName,
  status,
  input: { actionTypeId: { category }, configuration: { ServiceName: stageName.replace('Deploy', '').toLowerCase() } },
  ...more,
});
const because = (message: string, externalExecutionId?: string) => ({
  output: { executionResult: { externalExecutionId, errorDetails: { message } } },
});
const source = action('Source', 'CodeCommit', 'Source', 'Succeeded', {
  output: { outputVariables: { CommitId: 'c0ffee', CommitMessage: 'feat: another greeting\n\nBody.' } },
});
const built = action('Build', 'CodeBuild', 'Build', 'Succeeded');

/** Newest first, as the service lists them. @returns what was mailed */
async function failed(
  actions: readonly object[],
  {
    pipeline = 'platform-pipeline',
    region = 'us-east-1',
    items = [regionConfig(), secondaryConfig()].map(reachedItem),
    answers = {},
  } = {},
) {
  cloud = handlerCloud({
    items,
    answers: {
      ...answers,
      ListActionExecutions: () => ({ actionExecutionDetails: [...actions, source] }),
      BatchGetBuilds: () => ({
        builds: [
          {
            phases: [
              { phaseType: 'INSTALL', phaseStatus: 'SUCCEEDED' },
              { phaseType: 'PRE_BUILD', phaseStatus: 'FAILED', contexts: [{ message: 'npm test: exit status 1' }] },
              { phaseType: 'COMPLETED' },
            ],
            logs: { deepLink: 'https://logs' },
          },
        ],
      }),
    },
  });
  const detail = { pipeline, 'execution-id': 'e1', state: 'FAILED' };
  await handler({ id: 'event-1', region, detail } as never, context);
  return cloud.mails().map(({ TopicArn, Subject, Message }) => ({
    topic: TopicArn,
    subject: Subject,
    lines: String(Message).split('\n'),
  }));
}

test.each([
  [
    'a build',
    'Build failed',
    [action('Build', 'CodeBuild', 'Build', 'Failed', because('Build terminated', 'platform-build:1'))],
    [
      'Phase:  PRE_BUILD',
      'Reason: npm test: exit status 1',
      'Log:    https://logs',
      'Nothing was deployed. Push a commit that fixes it.',
    ],
  ],
  [
    'a build that never started',
    'Build failed',
    [action('Build', 'CodeBuild', 'Build', 'Failed')],
    ['Nothing was deployed. Push a commit that fixes it.'],
  ],
  [
    'staging in one region',
    'DeployStaging failed in us-west-2',
    [
      action('DeployStaging', 'us-west-2', 'Deploy', 'Failed', because('the circuit breaker was triggered')),
      action('DeployStaging', 'us-east-1', 'Deploy', 'Succeeded'),
      built,
    ],
    [
      'us-west-2: failed: the circuit breaker was triggered',
      'us-east-1: succeeded',
      'In us-west-2 the circuit breaker rolls staging back to the previous version.',
      'In us-east-1 this commit runs in staging.',
      'Production was not touched.',
      'Look at the log of staging in us-west-2, then push a commit that fixes or reverts this one.',
    ],
  ],
  [
    'production everywhere',
    'DeployProduction failed in us-west-2, us-east-1',
    [
      action('DeployProduction', 'us-west-2', 'Deploy', 'Failed', because('x')),
      action('DeployProduction', 'us-east-1', 'Deploy', 'Failed', because('y')),
    ],
    [
      'us-west-2: failed: x',
      'us-east-1: failed: y',
      'In us-west-2, us-east-1 the circuit breaker rolls production back to the previous version.',
      'Look at the log of production in us-west-2, us-east-1, then push a commit that fixes or reverts this one.',
    ],
  ],
  [
    'an approval',
    'Approval failed',
    [action('Approval', 'ReleaseToProduction', 'Approval', 'Failed', because('it expired'))],
    [
      'ReleaseToProduction: failed: it expired',
      'Production stays as it was. To be asked again, retry the stage or push a new commit.',
    ],
  ],
  [
    'a second attempt, of which the first is history',
    'DeployStaging failed in us-west-2',
    [
      action('DeployStaging', 'us-west-2', 'Deploy', 'Failed', because('again')),
      action('DeployStaging', 'us-east-1', 'Deploy', 'Succeeded'),
      action('DeployStaging', 'us-west-2', 'Deploy', 'Failed', because('first')),
      action('DeployStaging', 'us-east-1', 'Deploy', 'Failed', because('first')),
    ],
    ['us-west-2: failed: again', 'us-east-1: succeeded'],
  ],
])('%s that failed is mailed to the alarms topic', async (_, subject, actions, expected) => {
  const [mail, ...others] = await failed(actions);
  expect(others).toEqual([]);
  expect([mail?.topic, mail?.subject]).toEqual([
    'arn:aws:sns:us-east-1:123456789012:platform-alarms',
    `[Slipway] platform-pipeline: ${subject}`,
  ]);
  const lines = [`${subject}.`, 'Commit: c0ffee feat: another greeting', ...expected];
  expect(mail?.lines.filter((line) => lines.includes(line))).toEqual(lines);
  expect(mail?.lines).toContain(
    `    --stage-name ${subject.split(' ')[0]} --pipeline-execution-id e1 --retry-mode FAILED_ACTIONS`,
  );
});

describe('an event', () => {
  const deliver = (id: string) =>
    handler(
      { id, region: 'us-east-1', detail: { pipeline: 'platform-pipeline', 'execution-id': 'e1' } } as never,
      context,
    );
  const failure = action('Build', 'CodeBuild', 'Build', 'Failed');

  test('that is delivered twice is mailed once; another failure of the same execution is mailed again', async () => {
    await failed([failure]);
    await deliver('event-1');
    expect(cloud.mails()).toHaveLength(1);
    await deliver('event-2');
    expect(cloud.mails()).toHaveLength(2);
  });

  test('whose mail could not be sent is mailed when Lambda repeats it', async () => {
    let attempts = 0;
    const Publish = () => {
      attempts += 1;
      if (attempts === 1) throw new Error('SNS is not there');
      return {};
    };
    await expect(failed([failure], { answers: { Publish } })).rejects.toThrow('SNS is not there');
    await deliver('event-1');
    expect(attempts).toBe(2);
  });
});

test('what somebody wrote into a commit is text in the mail', async () => {
  const hostile = { outputVariables: { CommitId: 'c0ffee', CommitMessage: 'fix\u001b[2J\rAll is well\u202e' } };
  const [mail] = await failed([
    action('Build', 'CodeBuild', 'Build', 'Failed'),
    action('Source', 'CodeCommit', 'Source', 'Succeeded', { output: hostile }),
  ]);
  expect(mail?.lines).toContain('Commit: c0ffee fix\\u001b[2J\\u000dAll is well\\u202e');
});

test('a pipeline in another region than the provisioner’s is read, and its topic told, there', async () => {
  const failure = action('Build', 'CodeBuild', 'Build', 'Failed', because('Build terminated', 'platform-build:1'));
  const input = inputSchema.parse({ regions: [{ region: 'eu-west-1', cidr: '10.8.0.0/16' }] });
  const away = { ...reachedItem(regionConfig({ region: 'eu-west-1' })), input };
  const [mail] = await failed([failure], { region: 'eu-west-1', items: [away] });
  expect(mail?.topic).toBe('arn:aws:sns:eu-west-1:123456789012:platform-alarms');
  expect(new Set(cloud.sent().map(({ region }) => region))).toEqual(new Set(['eu-west-1']));
});

test.each([
  ['a pipeline of nobody we know', { pipeline: 'shop-pipeline' }],
  ['a pipeline of that name in another region', { region: 'us-west-2' }],
  ['a pipeline by another name', { pipeline: 'platform' }],
])('%s is left alone', async (_, where) => {
  expect(await failed([action('Build', 'CodeBuild', 'Build', 'Failed')], where)).toEqual([]);
  expect(cloud.sent()).toEqual([]);
});

test('an execution of which no action failed is not mailed', async () => {
  expect(await failed([built])).toEqual([]);
});
