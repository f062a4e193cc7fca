import { afterEach, describe, expect, test } from '@jest/globals';
import { handler as reconcileDue } from '../../../../lambdas/events/reconcile-due.ts';
import { handler as rerunDue } from '../../../../lambdas/events/rerun-due.ts';
import { handler as runRequested } from '../../../../lambdas/events/run-requested.ts';
import { context, type HandlerCloud, handlerCloud } from '../../../support/handler-cloud.ts';

const machine = 'arn:aws:states:us-east-1:123456789012:stateMachine:slipway-provision';
const environment = { PROVISION_ARN: machine, REFUSED_QUEUE_URL: 'https://sqs/refused' };

let cloud: HandlerCloud;
afterEach(() => cloud?.close());

const failing = (name: string) => ({
  StartExecution: () => {
    throw Object.assign(new Error(name), { name });
  },
});
const started = () => cloud.sent('StartExecution').map(({ input }) => input);

describe('the schedule', () => {
  const items = [
    { pk: 'DEPLOYMENTS', sk: 'shop' },
    { pk: 'DEPLOYMENTS', sk: 'platform' },
    { pk: 'DEPLOYMENT#other', sk: 'CONFIG' },
  ];
  const due = (answers = {}) => {
    cloud = handlerCloud({ items, answers, environment });
    return reconcileDue({ id: 'a-delivery' }, context);
  };
  const both = [
    {
      stateMachineArn: machine,
      name: 'reconcile-af6022874ad0b10c-platform',
      input: '{"mode":"reconcile","deployment":"platform"}',
    },
    {
      stateMachineArn: machine,
      name: 'reconcile-af6022874ad0b10c-shop',
      input: '{"mode":"reconcile","deployment":"shop"}',
    },
  ];

  test('starts a reconcile of each deployment with an approved input, named after the delivery', async () => {
    expect(await due()).toEqual(['platform', 'shop']);
    expect(started()).toEqual(both);
  });

  test('delivered twice goes on past what runs already', async () => {
    expect(await due(failing('ExecutionAlreadyExists'))).toEqual(['platform', 'shop']);
    expect(started()).toEqual(both);
  });

  test('fails where Step Functions does, once every deployment has had its turn', async () => {
    await expect(due(failing('AccessDeniedException'))).rejects.toThrow('AccessDeniedException');
    expect(started()).toEqual(both);
  });
});

describe('a requested run', () => {
  const requested = (detail: unknown, answers = {}) => {
    cloud = handlerCloud({ answers, environment });
    return runRequested({ id: 'e1', time: '2026-01-01T00:00:00Z', detail } as never, context);
  };

  test('is started with the event’s own words, named after the event', async () => {
    await requested({ deployment: 'shop', zoneCount: 3 });
    expect(cloud.sent()).toEqual([
      {
        operation: 'StartExecution',
        region: 'us-east-1',
        input: { stateMachineArn: machine, name: 'event-e1', input: '{"deployment":"shop","zoneCount":3}' },
      },
    ]);
  });

  test('delivered twice is started once', async () => {
    await requested({}, failing('ExecutionAlreadyExists'));
    expect(started()).toHaveLength(1);
  });

  test('fails where Step Functions does', async () => {
    await expect(requested({}, failing('AccessDeniedException'))).rejects.toThrow('AccessDeniedException');
  });

  test.each<[string, unknown, string | undefined, string]>([
    [
      'is malformed',
      { deployment: 'shop', zoneCount: 1 },
      'shop',
      '$.zoneCount: a load balancer needs two zones (got 1)',
    ],
    ['is null', null, undefined, '$: Invalid input: expected object, received null'],
    ['is missing', undefined, undefined, '$: Invalid input: expected object, received undefined'],
  ])('that %s is kept on the queue and told, and starts nothing', async (_, detail, deployment, problem) => {
    await requested(detail);
    expect(started()).toEqual([]);
    expect(cloud.sent('SendMessage').map(({ input }) => input)).toEqual([
      {
        QueueUrl: 'https://sqs/refused',
        MessageBody: JSON.stringify({ id: 'e1', time: '2026-01-01T00:00:00Z', detail }),
      },
    ]);
    const execution = 'arn:aws:states:us-east-1:123456789012:execution:slipway-provision:event-e1';
    expect(cloud.items()).toEqual([
      {
        pk: `EXECUTION#${execution}`,
        sk: 'EVENT#2026-01-01T00:00:00Z##validate#failed',
        ...(deployment === undefined ? {} : { deployment }),
        execution: 'event-e1',
        stage: 'validate',
        status: 'failed',
        at: '2026-01-01T00:00:00Z',
        detail: `the event e1 was refused; nothing was started:\n${problem}`,
        // 90 days later.
        expiresAt: 1_775_001_600,
      },
    ]);
    const [mail] = cloud.mails();
    expect(mail).toMatchObject({
      Subject: `[Slipway] ${deployment === undefined ? '' : `${deployment}: `}Validate input failed`,
      MessageAttributes: {
        ...(deployment === undefined ? {} : { deployment: { DataType: 'String', StringValue: deployment } }),
        stage: { DataType: 'String', StringValue: 'validate' },
        status: { DataType: 'String', StringValue: 'failed' },
      },
    });
  });
});

describe('a failed run whose pause is over', () => {
  const execution = {
    arn: `${machine.replace('stateMachine', 'execution')}:run`,
    startedAt: '2026-01-01T00:01:00.000Z',
  };
  const asked = { pk: 'DEPLOYMENT#platform', sk: 'ASKED', execution: execution.arn, startedAt: execution.startedAt };
  test.each<[string, object[], boolean]>([
    ['is started again while nothing else was asked for', [asked], true],
    ['is not after people said no', [{ ...asked, refused: true }], false],
    [
      'is not after something else was asked for',
      [{ ...asked, execution: 'x', startedAt: '2026-01-01T00:02:00.000Z' }],
      false,
    ],
  ])('%s', async (_, items, again) => {
    cloud = handlerCloud({ items: items as Record<string, unknown>[] });
    expect(await rerunDue({ deployment: 'platform', execution }, context)).toEqual({ again });
  });
});
