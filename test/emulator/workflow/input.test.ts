import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseInput } from '../../../workflow/input.ts';
import { badInput } from '../../support/generated-inputs.ts';
import { platformInput } from '../../support/platform-input.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';
import { changesOf, type Ended } from '../../support/provisioner.ts';

const provisioned = useProvisionedCloud();

/** Inputs with what each must be told, by JSON path. */
const refused = {
  'wrong types and unknown keys': {
    input: { deployment: 7, zoneCount: 'two', spelling: true, app: { prot: 8080 } },
    paths: ['$.deployment', '$.zoneCount', '$.spelling', '$.app.prot'],
  },
  'malformed and overlapping networks, an unknown region and one named twice': {
    input: {
      regions: [
        { region: 'us-east-1', cidr: '10.0.0.0/16' },
        { region: 'us-east-1', cidr: '10.0.16.0/20' },
        { region: 'moon-base-1', cidr: '10.2.0.0' },
      ],
    },
    paths: ['$.regions[2].region', '$.regions[2].cidr', '$.regions[1].region', '$.regions[1].cidr'],
  },
  'duplicates and overlaps': {
    input: {
      regions: [
        { region: 'us-east-1', cidr: '10.0.0.0/16' },
        { region: 'us-east-1', cidr: '10.0.16.0/20' },
      ],
    },
    paths: ['$.regions[1].region', '$.regions[1].cidr'],
  },
  'limits that contradict each other, and thresholds out of range': {
    input: {
      app: { minCount: 5, maxCount: 3, desiredCount: 9, cpu: 257 },
      alarms: { cpuPercent: 120, responseSeconds: 0, periodSeconds: 90 },
    },
    paths: [
      '$.app.minCount',
      '$.app.desiredCount',
      '$.app.cpu',
      '$.alarms.cpuPercent',
      '$.alarms.responseSeconds',
      '$.alarms.periodSeconds',
    ],
  },
  'a name that is too long': {
    input: { deployment: 'a-name-that-is-longer-than-twenty' },
    paths: ['$.deployment'],
  },
} as const;

const lambdaScope =
  'AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0';

let changes: readonly string[];
const ended = new Map<string, Ended>();

beforeAll(async () => {
  const { provisioner } = provisioned();
  const before = (await provisioner.calls()).length;
  const started = await Promise.all(
    Object.entries(refused).map(async ([title, { input }]) => [title, await provisioner.start(input)] as const),
  );
  for (const [title, execution] of started) ended.set(title, await provisioner.end(execution, 120_000));
  changes = changesOf((await provisioner.calls()).slice(before));
}, 240_000);

describe('an input that is refused', () => {
  test.each(Object.entries(refused))('%s: every problem is told with its JSON path', (title, { paths }) => {
    const { status, error, cause = '' } = ended.get(title) ?? { status: '' };
    expect([status, error]).toEqual(['FAILED', 'InputError']);
    const told = cause
      .split('\n')
      .slice(1)
      .map((line) => line.slice(0, line.indexOf(': ')));
    expect(told.sort()).toEqual([...paths].sort());
  });

  test('changes nothing outside Slipway’s own table and topics', () => {
    expect(changes).toEqual([]);
  });

  test('is reported: in the table for the command line, and by mail', async () => {
    const mails = await provisioned().provisioner.mails();
    for (const { name, report } of ended.values()) {
      expect(report).toMatchObject({ outcome: 'failed', error: { Error: 'InputError' } });
      const mail = mails.find(({ subject, message }) => /failed/.test(subject) && message.includes(name));
      expect(mail?.message).toContain('nothing was changed');
    }
  });

  test('is told to whoever holds no lock: the platform can be started afterwards', async () => {
    const { provisioner } = provisioned();
    // Nothing at all, as the console allows; the e-mail addresses of the first run stay subscribed.
    const again = await provisioner.end(await provisioner.start(undefined), 240_000);
    expect(again).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'unchanged' } });
    // What was provisioned last is what a reconcile works on: for other files that must be the first run's.
    const restored = await provisioner.end(await provisioner.start(platformInput), 240_000);
    expect(restored).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'unchanged' } });
  }, 300_000);
});

describe('a thousand generated bad inputs', () => {
  test('are refused by the Lambda that reads them, which makes not a single call', async () => {
    const { provisioner, cloud } = provisioned();
    const before = (await provisioner.calls()).length;
    // As Step Functions invokes it; the project has no SDK client of Lambda.
    const requests = fc.sample(badInput, { numRuns: 1_000, seed: 7 }).map(({ raw }) => ({
      input: raw,
      execution: { arn: 'arn:aws:states:us-east-1:000000000000:execution:slipway-provision:bad', name: 'bad' },
    }));
    const errors = new Map<string, number>();
    for (const body of requests) {
      const reply = await fetch(`${cloud.endpoint}/2015-03-31/functions/slipway-validate/invocations`, {
        method: 'POST',
        headers: { authorization: lambdaScope },
        body: JSON.stringify(body),
      });
      const { errorType = 'none' } = (await reply.json()) as { errorType?: string };
      errors.set(errorType, (errors.get(errorType) ?? 0) + 1);
    }
    expect([...errors]).toEqual([['InputError', 1_000]]);
    const calls = (await provisioner.calls()).slice(before);
    expect(calls.filter(({ principal }) => principal === 'lambda:slipway-validate')).toEqual([]);
  }, 480_000);
});

describe('an input that says nothing', () => {
  test.each([{}, { Comment: 'Insert your JSON here' }])('%j is the platform of the diagrams', (input) => {
    const { input: parsed } = parseInput(input) as Extract<ReturnType<typeof parseInput>, { input: unknown }>;
    expect(parsed.deployment).toBe('platform');
    expect(parsed.regions).toEqual([
      { region: 'us-east-1', cidr: '10.0.0.0/16' },
      { region: 'us-west-2', cidr: '10.1.0.0/16' },
    ]);
  });
});
