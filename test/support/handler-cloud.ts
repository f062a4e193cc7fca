import { SNSClient } from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { logger } from '../../lambdas/middleware/handler.ts';
import { withKept } from '../../lambdas/store/kept.ts';
import { openTable } from '../../lambdas/store/table.ts';
import type { RegionConfig } from '../../workflow/config.ts';
import { inputSchema } from '../../workflow/input.ts';
import { memoryTable } from './table-double.ts';

type Item = Readonly<Record<string, unknown>>;
// Tests look into what was sent: each knows the shape of its own operation.
type Input = Readonly<Record<string, unknown>>;

export interface Request {
  readonly operation: string;
  readonly region: string;
  readonly input: Input;
}

/** Everything that a handler reaches: the table is in memory, and other operations are answered by name, or by nothing. */
export interface HandlerCloud {
  readonly items: () => readonly Item[];
  /** The item of that key; undefined where there is none. */
  readonly item: (pk: string, sk: string) => Item | undefined;
  /** What was sent to other services than DynamoDB, in order; of one operation only where it is named. */
  readonly sent: (operation?: string) => readonly Request[];
  /** What was published: progress, questions and alarms. */
  readonly mails: () => readonly Input[];
  /** Warnings and errors that were logged. */
  readonly logged: readonly string[];
  /** Ends it. */
  readonly close: () => void;
}

const variables = {
  AWS_REGION: 'us-east-1',
  TABLE_NAME: 't',
  PROGRESS_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:slipway-progress',
};

/** Every client of the SDK sends through this one method. */
const base = Object.getPrototypeOf(SNSClient.prototype) as { send: unknown };
const { send } = base;

/** Handlers run in this process until `close`: with those variables, on a table with those items. */
export function handlerCloud({
  items: initial = [],
  answers = {},
  environment = {},
  around = (_, make) => make(),
}: {
  readonly items?: readonly Item[];
  readonly answers?: Readonly<Record<string, (input: Input, region: string) => object>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Makes each call, or lets it wait, or never lets its answer arrive. */
  readonly around?: (call: Request, make: () => Promise<object>) => Promise<object>;
} = {}): HandlerCloud {
  const { table, items } = memoryTable(initial);
  const sent: Request[] = [];
  base.send = async function (
    this: { readonly config: { region: () => Promise<string> } },
    command: { readonly constructor: { readonly name: string }; readonly input: Input },
  ) {
    const operation = command.constructor.name.replace(/Command$/, '');
    const { input } = command;
    if (this instanceof DynamoDBDocumentClient)
      return around({ operation, region: variables.AWS_REGION, input }, () => table.client.send(command as never));
    const region = await this.config.region();
    return around({ operation, region, input }, async () => {
      sent.push({ operation, region, input });
      return answers[operation]?.(input, region) ?? {};
    });
  };
  const before = process.env;
  process.env = { ...before, ...variables, ...environment };
  const logged: string[] = [];
  const log = (message: unknown): void => void logged.push(String(message));
  Object.assign(logger, { warn: log, error: log });
  return {
    items,
    item: (pk, sk) => items().find((each) => each.pk === pk && each.sk === sk),
    sent: (operation) => sent.filter((each) => operation === undefined || each.operation === operation),
    logged,
    mails: () => sent.filter((each) => each.operation === 'Publish').map(({ input }) => input),
    close: () => {
      base.send = send;
      process.env = before;
      for (const own of ['warn', 'error'] as const) Reflect.deleteProperty(logger, own);
    },
  };
}

export const context = { functionName: 'slipway-test', awsRequestId: 'request' } as Context;

/** What a handler hands on, as the next one sees it. */
export const whole = <Result>(executionArn: string, result: Result): Promise<Result> =>
  withKept(openTable(variables.AWS_REGION, variables.TABLE_NAME), executionArn, result);

/** The table's item of a region in which a run of the default input built. */
export const reachedItem = ({ deployment, region, network, ...config }: RegionConfig) => ({
  pk: `DEPLOYMENT#${deployment}`,
  sk: `REGION#${region}`,
  input: inputSchema.parse({}),
  lookups: {
    region,
    account: config.account,
    partition: config.partition,
    homeRegion: config.homeRegion,
    zones: network.zones.map(({ name }) => name),
    image: config.image,
    permissionsBoundaryArn: config.permissionsBoundaryArn,
  },
});
