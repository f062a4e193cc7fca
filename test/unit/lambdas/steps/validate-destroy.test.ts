import { afterEach, expect, test } from '@jest/globals';
import { handler } from '../../../../lambdas/steps/validate-destroy.ts';
import { context, type HandlerCloud, handlerCloud, reachedItem } from '../../../support/handler-cloud.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

type Items = readonly Readonly<Record<string, unknown>>[];

const arn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-destroy:gone';
const execution = { arn, name: 'gone', startedAt: '2026-01-01T00:00:00.000Z' };
const own = 'DEPLOYMENT#platform';
const reached: Items = [regionConfig(), secondaryConfig()].map(reachedItem);

let cloud: HandlerCloud;
afterEach(() => cloud?.close());

const start = (input: unknown, items: Items = reached, answers: Readonly<Record<string, () => object>> = {}) => {
  cloud = handlerCloud({ items, answers });
  return handler({ input, execution }, context);
};

test('the start of a removal takes the lock and asks for nothing of the deployment to stay', async () => {
  expect(await start({ empty: { images: true }, approval: { timeoutMinutes: 60 } })).toMatchObject({
    deployment: 'platform',
    execution,
    fence: 1,
    approval: { timeoutMinutes: 60 },
    regions: [{ region: 'us-east-1' }, { region: 'us-west-2' }],
    whole: true,
    empty: { images: true, artifacts: false, source: false },
  });
  expect(cloud.item(own, 'LOCK')).toMatchObject({ holder: arn, fence: 1 });
  expect(cloud.item(own, 'ASKED')).toEqual({
    pk: own,
    sk: 'ASKED',
    schemaVersion: 1,
    execution: arn,
    startedAt: execution.startedAt,
  });
  expect(cloud.item(own, 'LATEST')).toMatchObject({ execution: arn });
});

test('a removal of one region leaves the others out', async () => {
  expect(await start({ regions: ['us-west-2'] })).toMatchObject({ regions: [{ region: 'us-west-2' }], whole: false });
});

test('a removal of all regions by name is one of the whole deployment', async () => {
  const document = await start({ regions: ['us-west-2', 'us-east-1'] });
  expect(document).toMatchObject({ regions: [{ region: 'us-east-1' }, { region: 'us-west-2' }], whole: true });
});

test.each<[string, unknown, Items, string]>([
  ['bad input', { regions: [] }, reached, '$.regions: Too small: expected array to have >=1 items'],
  ['no input', null, reached, '$: Invalid input: expected object, received null'],
  [
    'a deployment that is not there',
    { deployment: 'shop' },
    reached,
    '$.deployment: no deployment shop was provisioned here, or it has been destroyed already',
  ],
  [
    'regions in which it has nothing',
    { regions: ['us-west-2', 'eu-west-1'] },
    reached,
    '$.regions[1]: platform has nothing in eu-west-1',
  ],
  [
    'the region of CI/CD without the others',
    { regions: ['us-east-1'] },
    reached,
    '$.regions[0]: CI/CD for the other regions runs in us-east-1: destroy the whole deployment',
  ],
])('a removal is refused with %s', async (_, input, items, problem) => {
  await expect(start(input, items)).rejects.toMatchObject({
    name: 'InputError',
    message: `the input was refused; nothing was changed:\n${problem}`,
  });
  expect(cloud.items()).toEqual(items);
});

test('a removal is refused while another run holds the lock', async () => {
  const held = { pk: own, sk: 'LOCK', holder: `${arn}-2`, fence: 4 };
  const running = { DescribeExecution: () => ({ status: 'RUNNING' }) };
  await expect(start({}, [...reached, held], running)).rejects.toMatchObject({ name: 'LockedError' });
  expect(cloud.item(own, 'ASKED')).toBeUndefined();
});
