import { describe, expect, test } from '@jest/globals';
import { isRefusal } from '../../../../lambdas/aws/aws-errors.ts';
import {
  type FlowLogFound,
  type FlowLogSpec,
  flowLog,
  toError,
  toFound,
} from '../../../../lambdas/resources/flow-log.ts';
import { scope, tags } from '../../../support/ownership.ts';
import { regionConfig } from '../../../support/region-config.ts';

const spec: FlowLogSpec = {
  vpc: 'vpc-1',
  traffic: 'ALL',
  logGroup: '/slipway/platform/flow-logs',
  role: 'arn:aws:iam::123456789012:role/slipway/platform-us-east-1-flow-logs',
  aggregationSeconds: 600,
};
const found = (overrides: Partial<FlowLogFound> = {}): FlowLogFound => ({
  ...spec,
  key: 'main',
  id: 'fl-1',
  ageSeconds: 3600,
  ...overrides,
});

test('all traffic of the VPC goes to its log group', () => {
  expect(flowLog.specs(regionConfig())).toEqual([
    {
      key: 'main',
      spec: {
        vpc: '${vpc/main.id}',
        traffic: 'ALL',
        logGroup: '${log-group/flow-logs.id}',
        role: '${role/flow-logs.arn}',
        aggregationSeconds: 600,
      },
    },
  ]);
});

describe('diff', () => {
  test.each<[string, Partial<FlowLogFound>, string[]]>([
    ['sees nothing where nothing differs', {}, []],
    ['asks for a replacement where only rejected traffic is logged', { traffic: 'REJECT' }, ['traffic']],
    [
      'asks for a replacement where anything else differs',
      { vpc: 'vpc-2', logGroup: '/other', role: 'arn:other', aggregationSeconds: 60 },
      ['vpc', 'logGroup', 'role', 'aggregationSeconds'],
    ],
  ])('%s', (_, overrides, paths) => {
    const differences = flowLog.diff(spec, found(overrides));
    expect(differences.map(({ path }) => path)).toEqual(paths);
    expect(differences.every(({ replace }) => replace)).toBe(true);
  });
});

describe('readiness', () => {
  test.each<[string, Partial<FlowLogFound>, string]>([
    ['a log that is delivered is ready', {}, 'ready'],
    ['a new log whose role IAM has yet to spread is ready', { deliveryError: 'Access error', ageSeconds: 60 }, 'ready'],
    ['an old log that is still not delivered has failed', { deliveryError: 'Access error' }, 'failed'],
  ])('%s', (_, overrides, state) => {
    expect(flowLog.readiness(found(overrides), spec).state).toBe(state);
  });
});

test("an error of delivery is read from EC2's status", () => {
  const seen = { FlowLogId: 'fl-1', DeliverLogsStatus: 'FAILED', DeliverLogsErrorMessage: 'Access error' };
  expect(toFound(scope, { ...seen, Tags: tags('flow-log', 'main') })[0]?.deliveryError).toBe('Access error');
});

test('an error in the body counts as a refusal of that name', () => {
  const error = toError({ Error: { Code: 'FlowLogAlreadyExists', Message: 'there is one' } });
  expect([error.name, error.message]).toEqual(['FlowLogAlreadyExists', 'there is one']);
  expect(isRefusal(error)).toBe(true);
});
