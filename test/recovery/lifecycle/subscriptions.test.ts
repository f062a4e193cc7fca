import { ListSubscriptionsByTopicCommand, SNSClient, UnsubscribeCommand } from '@aws-sdk/client-sns';
import { afterAll, describe, expect, test } from '@jest/globals';
import { callSettings } from '../../../lambdas/aws/clients.ts';
import type { Cloud } from '../../../lambdas/aws/cloud.ts';
import { listed } from '../../../lambdas/engine/found.ts';
import type { Wanted } from '../../../lambdas/resources/resource.ts';
import { type TopicFound, type TopicSpec, topic } from '../../../lambdas/resources/topic.ts';
import { bareCloud, type OwnCloud } from '../../support/own-cloud.ts';
import { regionConfig } from '../../support/region-config.ts';
import { story } from '../../support/story.ts';

const config = regionConfig({ deployment: 'mails', account: '000000000000' });
const specOfAlarms = (): Wanted<TopicSpec> => {
  const found = topic.specs(config).find(({ key }) => key === 'alarms');
  if (found === undefined) throw new TypeError('there is no topic for alarms');
  return found;
};
const wanted = specOfAlarms();

/** Clients of its own: those of the product are kept for the life of a process, and so is their endpoint. */
const cloud: Cloud = {
  scope: config,
  client: (service) => new service({ region: config.region, ...callSettings, maxAttempts: 1 }),
};

let own: OwnCloud;

async function look(): Promise<{ readonly live: TopicFound; readonly missing: readonly string[] }> {
  const [live] = (await listed(topic, cloud, {})) as readonly TopicFound[];
  if (live === undefined) throw new TypeError('the topic is not there');
  return { live, missing: topic.diff(wanted.spec, live).map(({ path }) => path) };
}

async function run(): Promise<void> {
  const { live } = await look();
  await topic.update(cloud, wanted, live, topic.diff(wanted.spec, live));
}

async function lose(): Promise<void> {
  const sns = own.provisioner.client(SNSClient);
  const TopicArn = (await look()).live.id;
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
  for (const { SubscriptionArn } of Subscriptions) await sns.send(new UnsubscribeCommand({ SubscriptionArn }));
}

const step = story(120_000);

step('a topic with its subscribers', async () => {
  own = await bareCloud('subscriptions');
  Object.assign(process.env, own.cloud.env);
  await topic.create(cloud, wanted, 'token-1');
  await run();
});

/** Addresses that are missing after a loss, and after what a run does about it. */
async function loss(): Promise<{ readonly lost: readonly string[]; readonly after: readonly string[] }> {
  await lose();
  const { missing: lost } = await look();
  await run();
  return { lost, after: (await look()).missing };
}
const losing = step('a first loss', loss);
const losingAgain = step('a second loss on the same day', loss);

afterAll(async () => {
  await own?.end();
});

describe('a subscription that is lost', () => {
  const first = losing.result();
  const second = losingAgain.result();
  const path = wanted.spec.emails.map((email) => `emails[${email}]`);

  test('is asked for again at once', () => {
    expect(first()).toEqual({ lost: path, after: [] });
  });

  test('is no difference when it is lost again on the same day, and nobody is asked', async () => {
    expect(second()).toEqual({ lost: [], after: [] });
    expect((await look()).live.emails).toEqual([]);
  });
});
