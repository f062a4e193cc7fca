import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SFNClient } from '@aws-sdk/client-sfn';
import { expect } from '@jest/globals';
import type { RunCdk } from '../../../../infra/cli/deploy/cdk.ts';
import { run } from '../../../../infra/cli/program.ts';
import { cloudIn } from '../../../../lambdas/aws/clients.ts';
import { openTable } from '../../../../lambdas/store/table.ts';
import { knownRegions } from '../../../../workflow/regions.ts';
import { refusal } from '../../../support/answering-cloud.ts';
import { type HandlerCloud, handlerCloud } from '../../../support/handler-cloud.ts';

export const region = 'eu-central-1';
export const image = `registry.example/node@sha256:${'0'.repeat(64)}`;
const template = {
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: {} },
    Policy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        Roles: [{ Ref: 'Role' }],
        PolicyDocument: { Statement: [{ Effect: 'Allow', Action: ['iam:CreateRole', 'ec2:DescribeVpcs'] }] },
      },
    },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: { FunctionName: 'slipway-vpc', Role: { 'Fn::GetAtt': ['Role', 'Arn'] } },
    },
  },
};

/** Where CDK puts the stack, and the AWS that is asked: anew for each test. */
let directory = '';
let cloud: HandlerCloud;
export const begin = async (): Promise<void> => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-deploy-'));
};
export const end = async (): Promise<void> => {
  cloud.close();
  await rm(directory, { recursive: true, force: true });
};
export const inDirectory = (name: string): string => join(directory, name);
export const sent = (operation: string) => cloud.sent(operation);

const absent = (name: string) => () => {
  throw refusal(name);
};
/** What `deploy` meets. */
export interface Account {
  /** Status of the stack. @default there is none */
  readonly before?: string;
  /** Its status once CDK has deployed. @default 'CREATE_COMPLETE' */
  readonly after?: string;
  /** A region that the account has not enabled. */
  readonly notEnabled?: string;
  /** Another region in which a provisioner stands. */
  readonly elsewhere?: string;
  /** Version of CDK's bootstrap. @default 21 */
  readonly bootstrapped?: number;
  readonly retained?: boolean;
  readonly says?: 'yes' | 'no';
  /** Whether somebody presses Ctrl-C while CDK deploys. */
  readonly interrupted?: boolean;
  /** What `cdk deploy` throws. */
  readonly fails?: Error;
}

/** Runs `deploy` in this process on an account, with a CDK that only remembers what it was to do. */
export async function deploy(
  args: readonly string[],
  {
    before,
    after = 'CREATE_COMPLETE',
    elsewhere,
    notEnabled,
    bootstrapped = 21,
    retained = false,
    says,
    interrupted,
    fails,
  }: Account = {},
) {
  const ran: string[][] = [];
  const lines: string[] = [];
  const stackIn = (where: string): string | undefined => {
    if (where !== region) return where === elsewhere ? 'CREATE_COMPLETE' : undefined;
    return ran.some(([name]) => name === 'deploy') ? after : before;
  };
  cloud = handlerCloud({
    environment: { AWS_REGION: region },
    answers: {
      GetCallerIdentity: () => ({ Account: '123456789012', Arn: 'arn:aws:iam::123456789012:user/me' }),
      DescribeRegions: () => ({
        Regions: knownRegions.map((RegionName) => ({
          RegionName,
          OptInStatus: RegionName === notEnabled ? 'not-opted-in' : 'opted-in',
        })),
      }),
      GetParameter: () => {
        if (bootstrapped === 0) throw refusal('ParameterNotFound');
        return { Parameter: { Value: String(bootstrapped) } };
      },
      DescribeStacks: (_, where) => {
        const StackStatus = stackIn(where);
        if (StackStatus === undefined) throw refusal('ValidationError', 'Stack with id slipway does not exist');
        const Outputs = [{ OutputKey: 'ApprovalsTopicArn', OutputValue: 'approvals' }];
        return { Stacks: [{ StackName: 'slipway', StackStatus, StackStatusReason: 'a reason', Outputs }] };
      },
      DescribeTable: retained ? () => ({}) : absent('ResourceNotFoundException'),
      HeadBucket: absent('NotFound'),
      ListSubscriptionsByTopic: ({ TopicArn }) => ({
        Subscriptions:
          TopicArn === 'approvals' ? [{ SubscriptionArn: 'PendingConfirmation', Endpoint: 'me@example.com' }] : [],
      }),
    },
  });
  const runCdk: RunCdk = async (cdk, name, [, ...given]) => {
    ran.push([name, ...given]);
    expect(cdk.environment).toMatchObject({ AWS_REGION: region });
    if (name === 'synth') {
      await mkdir(join(directory, 'cdk.out'), { recursive: true });
      await writeFile(join(directory, 'cdk.out', 'Slipway.template.json'), JSON.stringify(template));
    }
    if (name === 'deploy' && fails !== undefined) throw fails;
    if (name === 'deploy' && interrupted) {
      process.listeners('SIGINT').at(-1)?.('SIGINT');
      // As `runCdk` does, whose process has ended.
      cdk.signal?.throwIfAborted();
    }
  };
  let status = 0;
  await run(['deploy', '--base-image', image, ...args], {
    out: (text) => lines.push(text),
    say: (text) => lines.push(text),
    ...(says === undefined
      ? {}
      : {
          ask: async (question: string) => {
            lines.push(question);
            return says === 'yes';
          },
        }),
    findTarget: async () => ({
      region,
      stepFunctions: new SFNClient({ region }),
      table: openTable(region, 'slipway'),
      home: cloudIn({ region }),
    }),
    cdk: { run: runCdk, directory },
    exitWith: (value) => {
      status = value;
    },
  });
  return { status, lines, ran, commands: ran.map(([name]) => name) };
}
