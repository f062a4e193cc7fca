import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  type ExecutionListItem,
  type ExecutionStatus,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { type LocalCloud, localUrl, type Mail, type RecordedCall, readCalls, readMail } from '@slipway/local-cloud';
import type { Target } from '../../infra/cli/target.ts';
import type { ProgressEvent } from '../../workflow/events.ts';
import type { Report } from '../../workflow/report.ts';
import { waitFor } from './wait-for.ts';

export interface Ended {
  readonly executionArn: string;
  readonly name: string;
  readonly status: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly report?: Report;
}

/** The outcome that the report tells; of a run that failed, with its cause. */
export const outcomeOf = ({ report, status, error, cause }: Ended): string | undefined =>
  status === 'SUCCEEDED' ? report?.outcome : `${status} ${error}: ${cause}`;

/** The mail that asked the approvers, and the page behind its links. */
export interface Question {
  readonly mail: Mail;
  /** The opaque id of the links. */
  readonly id: string;
  /** The page's address for this machine. */
  readonly page: string;
  answer(form: Readonly<Record<string, string>>): Promise<Response>;
}

interface Closeable {
  destroy(): void;
}

/** A run up to its question, or its end: NATs, tasks and cold Lambdas on two busy cores. */
const runLimit = 480_000;

/** What a person does with the deployed provisioner, through the plain SDK and the mailbox. */
export class Provisioner {
  readonly cloud: LocalCloud;
  readonly tableName = 'slipway';
  readonly #clients = new Map<string, Closeable>();

  constructor(cloud: LocalCloud) {
    this.cloud = cloud;
  }

  /** A plain SDK client that talks to the local cloud. */
  client<Client extends Closeable>(
    service: new (configuration: {
      region: string;
      endpoint: string;
      credentials: { accessKeyId: string; secretAccessKey: string };
    }) => Client,
    region = 'us-east-1',
  ): Client {
    const key = `${service.name} ${region}`;
    const known = this.#clients.get(key);
    if (known !== undefined) return known as Client;
    const made = new service({
      region,
      endpoint: this.cloud.endpoint,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
    this.#clients.set(key, made);
    return made;
  }

  close(): void {
    for (const client of this.#clients.values()) client.destroy();
  }

  get stepFunctions(): SFNClient {
    return this.client(SFNClient);
  }

  /** What the command line's functions work on. */
  get target(): Target {
    return {
      region: 'us-east-1',
      local: this.cloud,
      stepFunctions: this.stepFunctions,
      table: { client: this.table, name: this.tableName },
      home: { scope: { region: 'us-east-1' }, client: (service) => this.client(service as never) as never },
    };
  }

  get table(): DynamoDBDocumentClient {
    return DynamoDBDocumentClient.from(this.client(DynamoDBClient));
  }

  /** Starts `provision` and returns the execution's ARN. Undefined: without any input, as the console can. */
  async start(input: object | undefined): Promise<string> {
    const { stateMachines = [] } = await this.stepFunctions.send(new ListStateMachinesCommand({}));
    const machine = stateMachines.find(({ name }) => name === 'slipway-provision');
    const { executionArn = '' } = await this.stepFunctions.send(
      new StartExecutionCommand({
        stateMachineArn: machine?.stateMachineArn,
        ...(input === undefined ? {} : { input: JSON.stringify(input) }),
      }),
    );
    return executionArn;
  }

  describe(executionArn: string): Promise<DescribeExecutionOutput> {
    return this.stepFunctions.send(new DescribeExecutionCommand({ executionArn }));
  }

  /** Of all state machines. */
  async executions(statusFilter?: ExecutionStatus): Promise<readonly ExecutionListItem[]> {
    const { stateMachines = [] } = await this.stepFunctions.send(new ListStateMachinesCommand({}));
    const lists = await Promise.all(
      stateMachines.map(({ stateMachineArn }) =>
        this.stepFunctions.send(new ListExecutionsCommand({ stateMachineArn, statusFilter })),
      ),
    );
    return lists.flatMap(({ executions = [] }) => executions);
  }

  async end(executionArn: string, within = runLimit): Promise<Ended> {
    const seen = await waitFor(
      `the end of ${executionArn}`,
      async () => {
        const now = await this.describe(executionArn);
        return now.status !== 'RUNNING' && now;
      },
      { within },
    );
    const name = nameOf(executionArn);
    const { Item } = await this.table.send(
      new GetCommand({ TableName: this.tableName, Key: { pk: `EXECUTION#${executionArn}`, sk: 'REPORT' } }),
    );
    return {
      executionArn,
      name,
      status: seen.status ?? '',
      ...(seen.output === undefined ? {} : { output: seen.output }),
      ...(seen.error === undefined ? {} : { error: seen.error }),
      ...(seen.cause === undefined ? {} : { cause: seen.cause }),
      ...(Item === undefined ? {} : { report: Item.report as Report }),
    };
  }

  /** Waits until the execution asks, and takes the question from the mail alone, as an approver would. */
  async question(executionArn: string, within = runLimit): Promise<Question> {
    const mail = await waitFor(
      `the question of ${executionArn}`,
      async () => {
        const found = (await this.mails()).find(
          ({ topicArn, message }) => topicArn.endsWith(':slipway-approvals') && message.includes(executionArn),
        );
        if (found !== undefined) return found;
        const { status, error, cause } = await this.describe(executionArn);
        if (status !== 'RUNNING')
          throw new Error(`${executionArn} asked nobody and ended as ${status}: ${error}: ${cause}`);
        return undefined;
      },
      { within },
    );
    const [, link = ''] = /^Approve: (\S+)$/m.exec(mail.message) ?? [];
    const page = localUrl(this.cloud, link.replace(/\?.*$/, ''));
    return {
      mail,
      id: new URL(link).pathname.split('/').at(-1) ?? '',
      page,
      answer: (form) => fetch(page, { method: 'POST', body: new URLSearchParams(form) }),
    };
  }

  /** The task token that the table keeps behind an opaque id. */
  async taskToken(id: string): Promise<string> {
    const { Item } = await this.table.send(
      new GetCommand({ TableName: this.tableName, Key: { pk: `APPROVAL#${id}`, sk: 'REQUEST' } }),
    );
    return String(Item?.taskToken);
  }

  async events(executionArn: string): Promise<readonly ProgressEvent[]> {
    const { Items = [] } = await this.table.send(
      new QueryCommand({
        TableName: this.tableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
        ExpressionAttributeValues: { ':pk': `EXECUTION#${executionArn}`, ':prefix': 'EVENT#' },
      }),
    );
    return Items as ProgressEvent[];
  }

  mails(): Promise<readonly Mail[]> {
    return readMail(this.cloud.directory);
  }

  calls(): Promise<readonly RecordedCall[]> {
    return readCalls(this.cloud.directory);
  }
}

export const nameOf = (executionArn: string): string => executionArn.slice(executionArn.lastIndexOf(':') + 1);

/** Slipway's own table, topics and executions, and the Lambdas that they are made of. */
const ownActions: ReadonlySet<string> = new Set([
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:TransactWriteItems',
  'sns:Publish',
  'states:StartExecution',
  'states:SendTaskSuccess',
  'lambda:Invoke',
]);

/** A plan is kept in Slipway's own bucket. */
const keepsPlan = ({ service, action, principal }: RecordedCall): boolean =>
  `${service}:${action}` === 's3:PutObject' && principal === 'lambda:slipway-plan';

/** The platform's own pipeline and build: the first commit is built while a run goes on. */
export const byPlatform = ({ principal }: RecordedCall): boolean => principal.startsWith('role:');

/** Calls that change the platform, or anything else that is not Slipway's own. */
export const changesOf = (calls: readonly RecordedCall[]): readonly string[] =>
  calls
    .filter(
      (call) =>
        call.mutating && !byPlatform(call) && !ownActions.has(`${call.service}:${call.action}`) && !keepsPlan(call),
    )
    .map(({ service, action, region, principal }) => `${service}:${action} in ${region} by ${principal}`);
