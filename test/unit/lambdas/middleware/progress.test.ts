import { afterEach, describe, expect, test } from '@jest/globals';
import { environment } from '../../../../lambdas/middleware/environment.ts';
import { handlerOf, home } from '../../../../lambdas/middleware/handler.ts';
import { holdingLock, type ProgressDocument, progress } from '../../../../lambdas/middleware/progress.ts';
import type { Run } from '../../../../workflow/documents.ts';
import type { ProgressEvent } from '../../../../workflow/events.ts';
import { context, type HandlerCloud, handlerCloud } from '../../../support/handler-cloud.ts';

const arn = 'arn:aws:states:us-east-1:123456789012:execution:slipway-provision:run';
const document: ProgressDocument = { deployment: 'shop', execution: { arn, name: 'run' } };
type LockedDocument = ProgressDocument & Run;
const wait = { stage: 'nat', ready: false, pending: [], nextCheckSeconds: 5, waitedSeconds: 5 } as const;

let cloud: HandlerCloud;
afterEach(() => cloud?.close());

type End = Partial<Pick<ProgressEvent, 'status' | 'pending' | 'detail'>> | undefined;
const run = (
  over: Partial<ProgressDocument>,
  work: () => Promise<string | undefined>,
  end: (result: string) => End,
) => {
  cloud = handlerCloud();
  const step = (told: ProgressDocument) => (told.removal === undefined ? ('nat' as const) : ('remove-nat' as const));
  return handlerOf(work as (document: ProgressDocument) => Promise<string>).use(progress<string>(home, step, end))(
    { ...document, ...over },
    context,
  );
};
const told = () => cloud.items().map(({ stage, status, detail, region }) => ({ stage, status, detail, region }));

describe('a step', () => {
  test('is told when it starts and when it is done, with how long it took', async () => {
    await run(
      {},
      async () => 'done',
      (detail) => ({ detail }),
    );
    expect(told()).toEqual([
      { stage: 'nat', status: 'started' },
      { stage: 'nat', status: 'finished', detail: 'done' },
    ]);
    const [start, end] = cloud.items() as readonly { at?: string; durationSeconds?: number; pk?: string }[];
    expect(start?.pk).toBe(`EXECUTION#${arn}`);
    expect(end?.durationSeconds).toBe((Date.parse(String(end?.at)) - Date.parse(String(start?.at))) / 1000);
    expect(cloud.mails().map(({ Subject }) => Subject)).toEqual([
      '[Slipway] shop: NAT started',
      '[Slipway] shop: NAT finished',
    ]);
  });

  test.each<[string, Partial<ProgressDocument>, string, string | undefined]>([
    ['of a region', { config: { region: 'us-west-2' } }, 'nat', 'us-west-2'],
    ['that goes backwards', { removal: {} }, 'remove-nat', undefined],
    ['that is tried for the first time', { attempt: 0 }, 'nat', undefined],
  ])('%s says so', async (_, over, stage, region) => {
    await run(
      over,
      async () => 'x',
      () => ({}),
    );
    expect(told()).toEqual([
      { stage, status: 'started', ...(region === undefined ? {} : { region }) },
      { stage, status: 'finished', ...(region === undefined ? {} : { region }) },
    ]);
  });

  test.each<[string, Partial<ProgressDocument>]>([
    ['is repeated', { attempt: 1 }],
    ['goes round its loop', { wait }],
  ])('that %s is not told to start again', async (_, over) => {
    await run(
      over,
      async () => 'x',
      () => ({ status: 'waiting' }),
    );
    expect(told()).toEqual([{ stage: 'nat', status: 'waiting' }]);
  });

  test.each<[string, () => Promise<string | undefined>, () => End]>([
    ['has nothing to tell', async () => 'x', () => undefined],
    ['returns nothing', async () => undefined, () => ({})],
  ])('that %s tells nothing at its end', async (_, work, end) => {
    await run({}, work, end);
    expect(told()).toEqual([{ stage: 'nat', status: 'started' }]);
  });

  test('that fails is told by the state machine, and logged once', async () => {
    const fail = async (): Promise<never> => {
      throw new Error('no');
    };
    await expect(run({}, fail, () => ({}))).rejects.toThrow('no');
    expect(told()).toEqual([{ stage: 'nat', status: 'started' }]);
    expect(cloud.logged).toEqual(['failed']);
  });
});

describe('that a step that holds the lock has started', () => {
  /** What happens, in order, where the mail's answer takes longer than the work. */
  const order = async (holder: string, end: () => string): Promise<readonly string[]> => {
    const seen: string[] = [];
    const lock = { pk: 'DEPLOYMENT#shop', sk: 'LOCK', holder, fence: 1 };
    cloud = handlerCloud({
      items: [lock],
      around: async ({ operation, input }, make) => {
        if (operation !== 'Publish') return make();
        await new Promise((resolve) => setTimeout(resolve, 20));
        seen.push(`mailed: ${input.Subject}`);
        return make();
      },
    });
    const work = async (): Promise<string> => {
      seen.push('worked');
      return end();
    };
    const step = handlerOf<LockedDocument, string>(work).use(
      progress<string, LockedDocument>(home, 'nat', () => ({}), { enter: holdingLock }),
    );
    await step({ ...document, execution: { ...document.execution, startedAt: '' }, fence: 1 }, context).then(
      () => seen.push('ended'),
      ({ name }: Error) => seen.push(`failed: ${name}`),
    );
    return seen;
  };

  test('is mailed while it works, and before it says that it has finished', async () => {
    expect(await order(arn, () => 'done')).toEqual([
      'worked',
      'mailed: [Slipway] shop: NAT started',
      'mailed: [Slipway] shop: NAT finished',
      'ended',
    ]);
  });

  test('is mailed before it fails', async () => {
    const fail = (): never => {
      throw new RangeError('no');
    };
    expect(await order(arn, fail)).toEqual(['worked', 'mailed: [Slipway] shop: NAT started', 'failed: RangeError']);
  });

  test('is mailed to nobody where it has lost the lock', async () => {
    expect(await order('arn:of:another', () => 'done')).toEqual(['failed: FencedError']);
  });
});

test('an error with a very long message is handed on short: a state holds it', async () => {
  const long = Object.assign(new Error('x'.repeat(50_000)), { name: 'ConflictError' });
  const fail = async (): Promise<never> => {
    throw long;
  };
  cloud = handlerCloud();
  await expect(handlerOf(fail)(document, context)).rejects.toMatchObject({
    name: 'ConflictError',
    message: expect.stringMatching(/^x{10000}… \(50000 characters\)$/),
    stack: 'ConflictError',
  });
});

test('people who can’t be told do not hold up a step: it is logged', async () => {
  cloud = handlerCloud({
    answers: {
      Publish: () => {
        throw new Error('no');
      },
    },
  });
  const handler = handlerOf(async () => 'x').use(progress<string>(home, 'nat', () => ({})));
  expect(await handler(document, context)).toBe('x');
  expect(cloud.logged).toEqual(['event-not-delivered', 'event-not-delivered']);
  expect(told().map(({ status }) => status)).toEqual(['started', 'finished']);
});

test.each([
  ['is not there', {}],
  ['is empty', { PLANS_BUCKET: '' }],
])('a variable that %s is infra’s mistake', (_, variables) => {
  cloud = handlerCloud({ environment: variables });
  expect(() => environment('PLANS_BUCKET')).toThrow('the environment variable PLANS_BUCKET is not set');
});

test('a function is not ended a moment before its time-out, to go on when the sandbox thaws', async () => {
  const almostOver = { ...context, getRemainingTimeInMillis: () => 1 };
  const work = () => new Promise<string>((resolve) => setTimeout(resolve, 10, 'done'));
  expect(await handlerOf(work)({}, almostOver)).toBe('done');
});
