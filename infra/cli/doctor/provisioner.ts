import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { ignoreNotFound } from '../../../lambdas/aws/aws-errors.ts';
import { allPages } from '../../../lambdas/aws/pages.ts';
import { InputError } from '../../../lambdas/errors.ts';
import { missingAddresseeLines } from '../../../workflow/addressees.ts';
import { prefix } from '../../../workflow/machines.ts';
import { knownRegions } from '../../../workflow/regions.ts';
import { CliError } from '../cli-error.ts';
import { pinned } from '../deploy/base-image.ts';
import { holdsNothing, readStack, stackProblem } from '../deploy/stack.ts';
import { identify } from './account.ts';
import { type Check, fine, problem, type Region, unknown } from './check.ts';

const stack: Check = {
  name: 'stack',
  stopsDeploy: true,
  run: async ({ home }) => {
    const status = (await readStack(home))?.StackStatus;
    const found = stackProblem(status);
    if (found !== undefined) return problem(found.detail, found.advice);
    return fine(status === undefined ? 'not deployed yet' : status);
  },
};

/** The names of what a removed stack retained and a new one would collide with; none where it is the stack's own. */
export async function retained(home: Region): Promise<readonly string[]> {
  if (!holdsNothing((await readStack(home))?.StackStatus)) return [];
  const { account } = await identify(home);
  const bucket = `${prefix}-plans-${account}-${home.scope.region}`;
  const found = await Promise.all([
    ignoreNotFound(home.client(DynamoDBClient).send(new DescribeTableCommand({ TableName: prefix }))).then(
      (answer) => answer && `table ${prefix}`,
    ),
    ignoreNotFound(home.client(S3Client).send(new HeadBucketCommand({ Bucket: bucket }))).then(
      (answer) => answer && `bucket ${bucket}`,
    ),
  ]);
  return found.filter((each) => each !== undefined);
}

const kept: Check = {
  name: 'kept by a removed stack',
  stopsDeploy: false,
  run: async ({ home }) => {
    const found = await retained(home);
    return fine(found.length === 0 ? 'nothing' : `${found.join(' and ')}: \`deploy\` takes them over`);
  },
};

export const elsewhere: Check = {
  name: 'other provisioners',
  stopsDeploy: false,
  run: async ({ home, regionNamed }) => {
    const others = knownRegions.filter((region) => region !== home.scope.region);
    const found = await Promise.all(
      others.map(async (region) =>
        // A region that is not enabled, or that a policy denies, holds none that could be used.
        (await readStack(regionNamed(region)).catch(() => undefined)) === undefined ? [] : [region],
      ),
    );
    const regions = found.flat();
    return regions.length === 0
      ? fine('none')
      : unknown(`one stands in ${regions.join(', ')} too (--region): each knows only the deployments that it started`);
  },
};

/** Addresses of a topic that have not confirmed, and the number of those that have. */
export async function subscribers(
  { client }: Region,
  topicArn: string,
): Promise<{ readonly confirmed: number; readonly pending: readonly string[] }> {
  const pages = paginateListSubscriptionsByTopic({ client: client(SNSClient) }, { TopicArn: topicArn });
  const all = await allPages(pages, ({ Subscriptions }) => Subscriptions);
  const pending = all.flatMap(({ SubscriptionArn, Endpoint = '' }) =>
    SubscriptionArn?.startsWith('arn:') ? [] : [Endpoint],
  );
  return { confirmed: all.length - pending.length, pending };
}

const subscriptions: Check = {
  name: 'who is asked',
  stopsDeploy: false,
  run: async ({ home }) => {
    const outputs = (await readStack(home))?.Outputs ?? [];
    const topic = outputs.find(({ OutputKey }) => OutputKey === 'ApprovalsTopicArn')?.OutputValue;
    if (topic === undefined) return unknown('not deployed yet');
    const { confirmed, pending } = await subscribers(home, topic);
    if (pending.length > 0)
      return problem(
        `not confirmed: ${pending.join(', ')}`,
        'open the link in AWS\'s e-mail "Subscription Confirmation"',
      );
    return confirmed > 0
      ? fine(`${confirmed} confirmed`)
      : problem('nobody is asked before production', 'npx slipway deploy --approver-email you@example.com');
  },
};

const told: Check = {
  name: 'who gets mails of the platform',
  stopsDeploy: false,
  run: async ({ home, input: { alarms, pipeline } }) => {
    if ((await readStack(home)) === undefined) return unknown('not deployed yet');
    const missing = missingAddresseeLines({ alarms, pipeline });
    return missing.length === 0
      ? fine(`${pipeline.approvalEmails.join(', ')} (approvals); ${alarms.emails.join(', ')} (alarms)`)
      : problem(missing.join('; '), 'npx slipway deploy --approver-email … --alarm-email …, and start again');
  },
};

const baseImage: Check = {
  name: 'base image',
  stopsDeploy: true,
  run: async ({ baseImage: reference }) => {
    try {
      return fine(await pinned(reference));
    } catch (error) {
      if (!(error instanceof CliError || error instanceof InputError)) throw error;
      const advice = error instanceof CliError ? error.advice : undefined;
      return problem(error.message, advice ?? 'check --base-image');
    }
  },
};

export const provisionerChecks = [stack, kept, elsewhere, subscriptions, told, baseImage] as const;
