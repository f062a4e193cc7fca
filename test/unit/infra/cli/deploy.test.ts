import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CliError } from '../../../../infra/cli/cli-error.ts';
import { type Account, begin, deploy, end, image, inDirectory, region, sent } from './deploying.ts';

beforeEach(begin);
afterEach(end);

describe('deploy to AWS', () => {
  test('says what the stack may do, asks, deploys what is synthesised, and ends with what to do next', async () => {
    const { status, lines, ran } = await deploy(['--approver-email', 'me@example.com'], { says: 'yes' });
    expect([status, ran]).toEqual([
      0,
      [
        ['synth'],
        [
          'deploy',
          ...['deploy', '--all', '-a', inDirectory('cdk.out'), '--require-approval', 'never'],
          ...['--parameters', `BaseImage=${image}`, '--parameters', 'ApproverEmail=me@example.com'],
          ...['--ci', '--no-notices', '--progress', 'events'],
        ],
      ],
    ]);
    const order = [
      'synthesising …',
      `Base image ${image}`,
      'It makes 1 IAM roles, which may read, and change (number of actions):',
      '  slipway-vpc  reads ec2; changes iam 1',
      '  CreateRole: slipway-vpc',
      `Deploy the stack slipway to account 123456789012, ${region}?`,
      'deploying …',
      `Deployed: the stack slipway is CREATE_COMPLETE in ${region}.`,
      'Confirm: AWS has mailed a link to me@example.com.',
    ];
    expect(lines.filter((line) => order.includes(line))).toEqual(order);
    expect(lines.at(-2)).toMatch(/^Start: {3}npx slipway start /);
  });

  test.each<[string, readonly string[], Account, RegExp]>([
    ['on a no', [], { says: 'no' }, /not confirmed: nothing was done/],
    ['without a terminal and --yes', [], {}, /no terminal to ask on: nothing was done\nnext: {2}.*--yes/],
  ])('does nothing %s', async (_, args, account, error) => {
    const { status, lines, commands } = await deploy(args, account);
    expect([status, commands]).toEqual([1, ['synth']]);
    expect(lines.join('\n')).toMatch(error);
    expect(sent('DeleteStack')).toEqual([]);
  });

  test.each<[string, readonly string[], Account, readonly string[]]>([
    ['for the first time', [], {}, ['synth', 'deploy']],
    ['again', [], { before: 'UPDATE_COMPLETE', after: 'UPDATE_COMPLETE' }, ['synth', 'deploy']],
    ['after a deployment that was rolled back', [], { before: 'ROLLBACK_COMPLETE' }, ['synth', 'deploy']],
    ['after an update that was rolled back', [], { before: 'UPDATE_ROLLBACK_COMPLETE' }, ['synth', 'deploy']],
    [
      'what stands already, after an update that was rolled back',
      [],
      { before: 'UPDATE_ROLLBACK_COMPLETE', after: 'UPDATE_ROLLBACK_COMPLETE' },
      ['synth', 'deploy'],
    ],
    ['where the account is not bootstrapped', ['--bootstrap'], { bootstrapped: 0 }, ['synth', 'bootstrap', 'deploy']],
    ['where the bootstrap is old', ['--bootstrap'], { bootstrapped: 5 }, ['synth', 'bootstrap', 'deploy']],
    ['where it is bootstrapped already', ['--bootstrap'], {}, ['synth', 'deploy']],
  ])('--yes deploys %s', async (_, args, account, expected) => {
    const { status, lines, commands } = await deploy(['--yes', ...args], account);
    expect(lines.filter((line) => line.includes('error:'))).toEqual([]);
    expect([status, commands]).toEqual([0, expected]);
  });

  test.each<[string, readonly string[], string]>([
    ['one', ['--secrets', 'shop/'], 'ReadablePrefix=shop/'],
    ['several, comma-separated', ['--secrets', 'shop/, common/'], 'ReadablePrefix=shop/,common/'],
    ['several, one at a time', ['--secrets', 'shop/', '--secrets', 'a/,b/'], 'ReadablePrefix=shop/,a/,b/'],
    ['roles', ['--task-roles', 'arn:a', '--task-roles', 'arn:b'], 'TaskRoles=arn:a,arn:b'],
  ])('hands on lists: %s', async (_, args, parameter) => {
    const { status, ran } = await deploy(['--yes', ...args]);
    expect([status, ran.at(-1)?.includes(parameter)]).toEqual([0, true]);
  });

  test('the empty stack of an interrupted deployment is removed first', async () => {
    const { status, commands } = await deploy(['--yes'], { before: 'REVIEW_IN_PROGRESS' });
    expect([status, commands]).toEqual([0, ['synth', 'deploy']]);
    expect(sent('DeleteStack').map(({ input, region: where }) => [input.StackName, where])).toEqual([
      ['slipway', region],
    ]);
  });

  test.each<[string, Account, boolean]>([
    ['what a removed stack kept', { retained: true }, true],
    ['what one kept that was rolled back', { retained: true, before: 'ROLLBACK_COMPLETE' }, true],
    ['nothing, where nothing was kept', {}, false],
    ["nothing, where it is the stack's own", { retained: true, before: 'UPDATE_COMPLETE' }, false],
  ])('takes over %s', async (_, account, expected) => {
    const { status, ran } = await deploy(['--yes'], account);
    expect([status, ran.at(-1)?.includes('--import-existing-resources')]).toEqual([0, expected]);
  });

  test('a provisioner in another region is named before people are asked', async () => {
    const { status, lines } = await deploy([], { elsewhere: 'us-east-1', says: 'yes' });
    expect(status).toBe(0);
    expect(lines[0]).toContain('one stands in us-east-1 too (--region)');
    expect(lines.some((line) => line.startsWith('Deploy the stack'))).toBe(true);
  });

  test.each<[string, Account, RegExp]>([
    ['in the middle of something', { before: 'UPDATE_IN_PROGRESS' }, /→ wait until CloudFormation is done/],
    [
      'that failed to roll back',
      { before: 'UPDATE_ROLLBACK_FAILED' },
      /→ roll it back \(aws .*continue-update-rollback/,
    ],
    ['that could not be deleted', { before: 'DELETE_FAILED' }, /→ remove it \(aws cloudformation delete-stack/],
    ['in an account without bootstrap', { bootstrapped: 0 }, /→ npx slipway deploy --bootstrap/],
  ])('a stack %s is refused before anything is synthesised or asked', async (_, account, advice) => {
    const { status, lines, commands } = await deploy([], { ...account, says: 'yes' });
    expect([status, commands]).toEqual([1, []]);
    expect(lines.join('\n')).toMatch(advice);
    expect(lines.join('\n')).toMatch(
      /the first run, with \{\}, would fail: nothing was deployed\nnext: .*--input FILE/,
    );
  });

  test.each<[string, object, number, string]>([
    ['the default one', {}, 1, 'not enabled: us-west-2'],
    ['one of its own', { regions: [{ region: 'us-east-1', cidr: '10.0.0.0/16' }] }, 0, 'Deployed: '],
  ])('what would make the first run fail is looked for by its input: %s', async (_, input, expected, said) => {
    const file = inDirectory('input.json');
    await writeFile(file, JSON.stringify(input));
    const { status, lines } = await deploy(['--yes', '--input', file], { notEnabled: 'us-west-2' });
    expect(status).toBe(expected);
    expect(lines.join('\n')).toContain(said);
  });

  test.each<[string, Account, RegExp]>([
    [
      'was rolled back',
      { after: 'ROLLBACK_COMPLETE' },
      /the stack slipway is ROLLBACK_COMPLETE in eu-central-1: a reason/,
    ],
    ['has a change set that nobody executed', { after: 'REVIEW_IN_PROGRESS' }, /is REVIEW_IN_PROGRESS in eu-central-1/],
    ['was rolled back to what it was', { after: 'UPDATE_ROLLBACK_COMPLETE' }, /is UPDATE_ROLLBACK_COMPLETE/],
  ])('a stack that %s is no success, whatever CDK says', async (_, account, error) => {
    const { status, lines } = await deploy(['--yes'], account);
    expect(status).toBe(1);
    expect(lines.join('\n')).toMatch(error);
    expect(lines.join('\n')).toMatch(
      /next: {2}look at its events: aws cloudformation describe-stack-events .*eu-central-1/,
    );
    expect(lines.join('\n')).not.toMatch(/Deployed:/);
  });

  test('Ctrl-C ends it, says what goes on, and leaves no listener behind', async () => {
    const before = process.listenerCount('SIGINT');
    const { status, lines, commands } = await deploy(['--yes'], { interrupted: true });
    expect([status, commands]).toEqual([1, ['synth', 'deploy']]);
    expect(lines.slice(-2)).toEqual([
      expect.stringContaining('interrupted'),
      'next:  what CloudFormation has begun goes on; deploy again once it is done',
    ]);
    expect(process.listenerCount('SIGINT')).toBe(before);
  });

  test('what CDK says of its failure is passed on', async () => {
    const { status, lines } = await deploy(['--yes'], { fails: new CliError('cdk deploy failed: no such bucket') });
    expect([status, lines.at(-1)]).toEqual([1, expect.stringContaining('cdk deploy failed: no such bucket')]);
  });
});
