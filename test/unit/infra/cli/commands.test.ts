import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { address } from '../../../../infra/cli/commands/deploy.ts';
import { buildProgram } from '../../../../infra/cli/program.ts';
import { childPrefix } from '../../../../lambdas/aws/executions.ts';
import { inputSchema } from '../../../../workflow/input.ts';
import { executionArn, knows, noCdk, notFound, ofExecution, slipway } from '../../../support/command-line.ts';

const provision = executionArn('provision', 'run-1');
const destroy = executionArn('destroy', 'run-1');

afterEach(() => {
  jest.restoreAllMocks();
});

describe('every command', () => {
  const { commands } = buildProgram({
    out() {},
    say() {},
    findTarget: async () => notFound(),
    cdk: noCdk,
    exitWith() {},
  });

  test.each(commands.map((command) => [command.name(), command] as const))('%s says what it does', (_, command) => {
    expect(command.description()).not.toBe('');
    for (const option of command.options) expect([option.flags, option.description]).not.toContain('');
  });
});

describe('which execution is meant', () => {
  test.each([
    ['a name that is unique', ['run-1'], knows(destroy), destroy],
    ['an ARN', [destroy], knows(provision, destroy), destroy],
  ])('%s', async (_, args, DescribeExecution, meant) => {
    const { status, stdout } = await slipway(['status', ...args], { answers: { DescribeExecution } });
    expect([status, stdout.split('\n')[0]]).toEqual([0, `${meant}: RUNNING`]);
  });

  test('without one it is the newest of the deployment', async () => {
    const items = [{ pk: 'DEPLOYMENT#shop', sk: 'LATEST', execution: destroy }];
    const answers = { DescribeExecution: knows(provision, destroy) };
    const { stdout } = await slipway(['status', '--deployment', 'shop'], { items, answers });
    expect(stdout.split('\n')[0]).toBe(`${destroy}: RUNNING`);
  });

  test.each([
    [
      'a name that two have',
      ['run-1'],
      knows(provision, destroy),
      /two executions are named run-1\nnext: {2}give the ARN/,
    ],
    ['a name that none has', ['run-2'], knows(provision), /there is no execution run-2/],
    [
      'a deployment that was never started',
      [],
      knows(),
      /deployment platform was never started\nnext: .*slipway start/,
    ],
    [
      "a region's execution",
      [provision.replace('provision', 'provision-region')],
      knows(),
      /not an execution that people start/,
    ],
    ['something else', ['arn:aws:s3:::bucket'], knows(), /arn:aws:s3:::bucket is not an execution that people start/],
  ])('%s is refused', async (_, args, DescribeExecution, message) => {
    const { status, stdout, stderr } = await slipway(['status', ...args], { answers: { DescribeExecution } });
    expect([status, stdout]).toEqual([1, '']);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are left out of the comparison
    expect(stderr.replaceAll(/\u001b\[\d+m/g, '')).toMatch(message);
  });
});

describe('start', () => {
  test('on Ctrl-C stops watching and not the run, and says so', async () => {
    const exit = jest.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    let looks = 0;
    const DescribeExecution = () => {
      looks += 1;
      if (looks === 2) process.listeners('SIGINT').at(-1)?.('SIGINT');
      return { executionArn: provision, status: looks === 1 ? 'RUNNING' : 'SUCCEEDED', input: '{}' };
    };
    const StartExecution = () => ({ executionArn: provision });
    const before = process.listenerCount('SIGINT');
    const ran = await slipway(['start'], { answers: { StartExecution, DescribeExecution } });
    expect(ran.stderr).toContain(
      'The execution goes on. Watch it: npx slipway status run-1 --watch\n              Stop it:  npx slipway stop run-1',
    );
    expect(exit.mock.calls).toEqual([[130]]);
    expect(ran.asked).not.toContain('StopExecution');
    expect(process.listenerCount('SIGINT')).toBe(before);
  });
});

describe('stop', () => {
  const runningRun = (children: string[]) => ({
    DescribeExecution: ({ executionArn: arn }: Readonly<Record<string, unknown>>) =>
      arn === provision
        ? { executionArn: arn, status: 'RUNNING', input: '{}', startDate: new Date('2026-01-01T00:00:00Z') }
        : notFound(),
    // Each child runs until it is stopped.
    ListExecutions: ({ stateMachineArn }: Readonly<Record<string, unknown>>) =>
      String(stateMachineArn).endsWith('-provision-region')
        ? { executions: children.map((name) => ({ name, executionArn: name })) }
        : {},
    StopExecution: ({ executionArn: arn }: Readonly<Record<string, unknown>>) => {
      const index = children.indexOf(String(arn));
      if (index >= 0) children.splice(index, 1);
      return {};
    },
  });
  const event = (region: string, stage: string, status: string) =>
    ofExecution(provision, `EVENT#${region}#${stage}#${status}`, {
      ...{ execution: 'run-1', region, stage, status },
      at: '2026-01-01T00:00:00Z',
    });
  const items = [
    event('us-east-1', 'vpc', 'started'),
    event('us-east-1', 'vpc', 'finished'),
    event('us-east-1', 'nat', 'started'),
  ];

  test('stops the run and its children, and says what stands', async () => {
    const children = [`${childPrefix(provision, 0)}-us-east-1-provision`];
    const ran = await slipway(['stop', 'run-1', '--yes'], { answers: runningRun(children), items });
    expect(ran.status).toBe(0);
    expect(ran.stdout.split('\n')).toEqual([
      'Stopped. What it has made remains:',
      '  us-east-1      VPC; part of NAT',
      '  us-west-2      nothing',
    ]);
    expect(ran.stderr).toContain('Go on from there: npx slipway start.');
    expect([ran.asked.filter((operation) => operation === 'StopExecution').length, children]).toEqual([2, []]);
  });

  test.each([undefined, 'no'] as const)('stops nothing where the answer is %s', async (says) => {
    const ran = await slipway(['stop', 'run-1'], { answers: runningRun([]), ...(says === undefined ? {} : { says }) });
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain('nothing was done');
    expect(ran.asked).not.toContain('StopExecution');
  });

  test('says that there is nothing to stop', async () => {
    const DescribeExecution = () => ({ status: 'SUCCEEDED', input: '{}' });
    const ran = await slipway(['stop', provision, '--yes'], { answers: { DescribeExecution } });
    expect([ran.status, ran.asked.includes('StopExecution')]).toEqual([1, false]);
    expect(ran.stderr).toContain(`${provision} is SUCCEEDED: there is nothing to stop`);
  });
});

describe('outputs', () => {
  const report = (execution: string, outcome: string, outputs: object) => ({
    report: {
      deployment: 'platform',
      execution,
      outcome,
      timeline: [],
      regions: [{ region: 'us-east-1', status: 'succeeded', urls: {}, outputs }],
    },
  });
  const vpc = { vpc: { main: { id: 'vpc-1' } } };
  const newest = { pk: 'DEPLOYMENT#platform', sk: 'LATEST', execution: destroy };
  const standing = { pk: 'DEPLOYMENT#platform', sk: 'OUTPUTS', ...report('run-0', 'succeeded', vpc) };
  const ended = (outcome: string) => ofExecution(destroy, 'REPORT', report('run-1', outcome, {}));
  const answers = { DescribeExecution: () => ({ status: 'ABORTED', input: '{}' }) };

  test.each([
    [
      'is the last that left any, after a destroy that was rejected',
      [ended('rejected'), standing],
      /run-1 ended as rejected; this is what run-0 left/,
    ],
    [
      'is the last that left any, after a run that was aborted',
      [standing],
      /run-1 is ABORTED; this is what run-0 left/,
    ],
  ])('%s', async (_, items, note) => {
    const ran = await slipway(['outputs', '--json'], { items: [newest, ...items], answers });
    expect(JSON.parse(ran.stdout)).toMatchObject({ execution: 'run-0' });
    expect(ran.stderr).toMatch(note);
  });

  test('is what the newest run says, after a destroy that went through', async () => {
    const ran = await slipway(['outputs', '--json'], { items: [newest, ended('destroyed'), standing], answers });
    expect([JSON.parse(ran.stdout), ran.stderr]).toEqual([report('run-1', 'destroyed', {}).report, '']);
  });

  test.each([
    ['the execution is named', [destroy], [newest, standing]],
    ['nothing stands', [], [newest]],
  ])('is an error where there are none and %s', async (_, args, items) => {
    const ran = await slipway(['outputs', ...args], { items, answers });
    expect([ran.status, ran.stdout]).toEqual([1, '']);
    expect(ran.stderr).toContain('is ABORTED and has no outputs');
  });
});

describe('deploy', () => {
  test.each([
    'me@example.com',
    'me',
    'me@localhost',
    'a@b@example.com',
    'a@example.com,b@example.com',
    'a b@example.com',
  ])('takes %s as an address if an input does', (text) => {
    const { success } = inputSchema.safeParse({ alarms: { emails: [text] } });
    expect(success).toBe(text === 'me@example.com');
    if (success) expect(address(text)).toBe(text);
    else expect(() => address(text)).toThrow('not one e-mail address');
  });

  test('takes an address away', () => {
    expect(address('')).toBe('');
  });
});
