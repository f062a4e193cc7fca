import { createHash } from 'node:crypto';
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import type { Tags } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { ageInSeconds } from './age.ts';

// Who is subscribed to a topic, and who was asked to confirm.

export interface Subscription {
  readonly address: string;
  /** Pending until somebody follows the link in SNS's mail; SNS forgets it after about three days. */
  readonly confirmed: boolean;
}

/** The e-mail subscriptions of a topic; undefined where it is gone. */
export const subscriptionsTo = (cloud: Cloud, arn: string): Promise<readonly Subscription[] | undefined> =>
  ignoreNotFound(readSubscriptions(cloud, arn));

async function readSubscriptions(cloud: Cloud, arn: string): Promise<readonly Subscription[]> {
  const pages = paginateListSubscriptionsByTopic({ client: cloud.client(SNSClient) }, { TopicArn: arn });
  return (await allPages(pages, ({ Subscriptions }) => Subscriptions)).flatMap(
    ({ Protocol, Endpoint: address, SubscriptionArn }) =>
      // `Deleted` stands in the list for up to three days after somebody unsubscribed.
      Protocol === 'email' && address !== undefined && SubscriptionArn !== 'Deleted'
        ? [{ address, confirmed: SubscriptionArn?.startsWith('arn:') ?? false }]
        : [],
  );
}

/** When somebody was asked to confirm: once, or again so many seconds ago. */
type AskedAt = 'first' | number;

/** By `askedTag` of the address. */
export type Asked = Readonly<Record<string, AskedAt>>;

/**
 * Tags of a topic that remember who was asked to confirm: `first`, or when an address that was lost was asked again. SNS
 * keeps nothing of a subscription that is gone, and somebody who wants no mail should not get one with every run.
 */
const askedPrefix = 'slipway:asked-';

/** An address may have characters that a tag may not. */
export const askedTag = (address: string): string =>
  `${askedPrefix}${createHash('sha256').update(address).digest('hex').slice(0, 8)}`;

export const askedOf = (tags: Tags): Asked =>
  Object.fromEntries(
    Object.entries(tags)
      .filter(([tag]) => tag.startsWith(askedPrefix))
      .map(([tag, value]) => [tag, value === 'first' ? value : ageInSeconds(new Date(value))]),
  );

const daySeconds = 24 * 60 * 60;

export function askedToday(asked: Asked, address: string): boolean {
  const last = asked[askedTag(address)];
  return typeof last === 'number' && last < daySeconds;
}
