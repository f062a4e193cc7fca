import { CodePipelineClient, GetPipelineStateCommand } from '@aws-sdk/client-codepipeline';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { slipway } from '../../../support/command-line.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

describe.each([
  ['approve', 'Approved', 'approved'],
  ['reject', 'Rejected', 'rejected'],
] as const)('%s --pipeline', (command, status, done) => {
  const pipeline = {
    pk: 'DEPLOYMENT#platform',
    sk: 'OUTPUTS',
    report: {
      deployment: 'platform',
      execution: 'run-0',
      outcome: 'succeeded',
      timeline: [],
      regions: [
        { region: 'eu-west-1', status: 'succeeded', urls: {}, outputs: {} },
        {
          region: 'us-east-1',
          status: 'succeeded',
          urls: {},
          outputs: { pipeline: { main: { id: 'platform-pipeline' } } },
        },
      ],
    },
  };
  const waiting = { stageName: 'Approval', actionName: 'ReleaseToProduction' };

  /** What the service is asked, while the pipeline waits or does not. */
  const serviceThat = (waits: boolean) => {
    const asked: (readonly [string, object])[] = [];
    jest.spyOn(CodePipelineClient.prototype, 'send').mockImplementation((async (sent: { input: object }) => {
      asked.push([sent.constructor.name.replace('Command', ''), sent.input]);
      const state = { actionName: waiting.actionName, latestExecution: { status: 'InProgress', token: 't1' } };
      if (sent instanceof GetPipelineStateCommand)
        return {
          stageStates: [
            {
              stageName: 'Build',
              actionStates: [{ actionName: 'CodeBuild', latestExecution: { status: 'InProgress' } }],
            },
            {
              stageName: 'Approval',
              latestExecution: { pipelineExecutionId: 'e1' },
              actionStates: waits ? [state] : [],
            },
          ],
        };
      return {
        actionExecutionDetails: [
          { ...waiting, input: { resolvedConfiguration: { CustomData: 'Release \u001b[2Jc0ffee?' } } },
        ],
      };
    }) as never);
    return asked;
  };
  const args = [command, '--pipeline', '--by', 'somebody'];

  test('shows what the pipeline asks and answers it, whatever ran last', async () => {
    const asked = serviceThat(true);
    const ran = await slipway([...args, '--yes'], { items: [pipeline] });
    expect(ran).toMatchObject({ status: 0, stdout: `ReleaseToProduction of platform-pipeline: ${done}` });
    expect(ran.stderr).toContain('Release \\u001b[2Jc0ffee?');
    expect(asked.at(-1)).toEqual([
      'PutApprovalResult',
      {
        pipelineName: 'platform-pipeline',
        ...waiting,
        token: 't1',
        result: { status, summary: `${status} by somebody` },
      },
    ]);
  });

  test('answers nothing without a terminal', async () => {
    const asked = serviceThat(true);
    const ran = await slipway(args, { items: [pipeline] });
    expect([ran.status, asked.map(([operation]) => operation)]).toEqual([
      1,
      ['GetPipelineState', 'ListActionExecutions'],
    ]);
    expect(ran.stderr).toContain('no terminal to ask on: nothing was done');
  });

  test.each([
    ['the pipeline does not ask', [pipeline], /platform-pipeline is not waiting for an approval/],
    ['there is no pipeline', [], /no run of platform has left a pipeline/],
  ])('says so where %s', async (_, items, message) => {
    serviceThat(false);
    const ran = await slipway([...args, '--yes'], { items });
    expect([ran.status, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toMatch(message);
  });
});
