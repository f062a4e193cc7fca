import { SFNClient } from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand, type QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from '../../infra/cli/context.ts';
import { run } from '../../infra/cli/program.ts';
import type { Target } from '../../infra/cli/target.ts';
import { executionKey } from '../../lambdas/store/table.ts';
import { answeringCloud } from './answering-cloud.ts';
import { scope } from './ownership.ts';

type Item = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };
type Answers = Parameters<typeof answeringCloud>[0];

const machineArns = ['provision', 'destroy'].map(
  (machine) => `arn:aws:states:us-east-1:123456789012:stateMachine:slipway-${machine}`,
);
export const executionArn = (machine: 'provision' | 'destroy', name: string): string =>
  `arn:aws:states:us-east-1:123456789012:execution:slipway-${machine}:${name}`;

/** For commands that deploy nothing. */
export const noCdk: Context['cdk'] = {
  run: () => Promise.reject(new Error('CDK was run')),
  directory: '/nonexistent',
};

/** Slipway's table, read only. */
function tableOf(items: readonly Item[]): Target['table'] {
  const send = async (command: GetCommand | QueryCommand): Promise<object> => {
    if (command instanceof GetCommand) {
      const { pk, sk } = command.input.Key ?? {};
      return { Item: items.find((item) => item.pk === pk && item.sk === sk) };
    }
    const { ':pk': pk, ':prefix': prefix = '' } = command.input.ExpressionAttributeValues ?? {};
    return { Items: items.filter((item) => item.pk === pk && item.sk.startsWith(String(prefix))) };
  };
  // Of the class, which the SDK's paginators insist on.
  const client = Object.assign(Object.create(DynamoDBDocumentClient.prototype) as DynamoDBDocumentClient, { send });
  return { client, name: 'slipway' };
}

/** An item of an execution, under its key. */
export const ofExecution = (arn: string, sk: string, fields: object): Item => ({
  pk: executionKey(arn),
  sk,
  ...fields,
});

export interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Operations that AWS was asked for, in order. */
  readonly asked: readonly string[];
}

/** Runs a command line in this process, against a table with those items and an AWS with those answers. */
export async function slipway(
  args: readonly string[],
  {
    items = [],
    answers = {},
    says,
  }: { readonly items?: readonly Item[]; readonly answers?: Answers; readonly says?: 'yes' | 'no' } = {},
): Promise<Ran> {
  const { cloud, asked } = answeringCloud(
    {
      ListStateMachines: () => ({
        stateMachines: machineArns.map((stateMachineArn) => ({
          stateMachineArn,
          name: stateMachineArn.split(':').at(-1),
        })),
      }),
      ...answers,
    },
    { scope },
  );
  const target: Target = {
    region: 'us-east-1',
    stepFunctions: cloud.client(SFNClient),
    table: tableOf(items),
    home: cloud,
  };
  let status = 0;
  const stdout: string[] = [];
  const stderr: string[] = [];
  const context: Context = {
    out: (text) => stdout.push(text),
    say: (text) => stderr.push(text),
    ...(says === undefined ? {} : { ask: async () => says === 'yes' }),
    findTarget: async () => target,
    cdk: noCdk,
    exitWith: (value) => {
      status = value;
    },
  };
  await run(args, context);
  return { status, stdout: stdout.join('\n'), stderr: stderr.join('\n'), asked };
}

/** What Step Functions says of an execution that it does not know. */
export const notFound = () => {
  throw Object.assign(new Error('no'), { name: 'ExecutionDoesNotExist', $metadata: {} });
};

/** DescribeExecution that knows those. */
export const knows =
  (...arns: readonly string[]) =>
  ({ executionArn: arn }: Readonly<Record<string, unknown>>) =>
    arns.includes(String(arn)) ? { executionArn: arn, status: 'RUNNING', input: '{}' } : notFound();
