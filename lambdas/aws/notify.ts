import { GetTopicAttributesCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { printable } from '../../workflow/printable.ts';
import type { Cloud } from './cloud.ts';

/** An e-mail as SNS sends it. The subject: one line of at most 99 characters. */
export interface Mail {
  readonly subject: string;
  readonly message: string;
}

/** Publishes to a topic; `attributes` are for subscriptions that filter. */
export async function notify(
  cloud: Cloud<{ readonly region: string }>,
  topicArn: string,
  { subject, message }: Mail,
  attributes: Readonly<Record<string, string>> = {},
): Promise<void> {
  await cloud.client(SNSClient).send(
    new PublishCommand({
      TopicArn: topicArn,
      Subject: subject,
      // Commits, names and causes are in it, whoever wrote them.
      Message: printable(message),
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, value]) => [name, { DataType: 'String', StringValue: value }]),
      ),
    }),
  );
}

/** Whether anybody has confirmed a subscription to a topic: SNS mails nobody else. */
export async function hasSubscribers(cloud: Cloud<{ readonly region: string }>, topicArn: string): Promise<boolean> {
  const { Attributes } = await cloud.client(SNSClient).send(new GetTopicAttributesCommand({ TopicArn: topicArn }));
  return Number(Attributes?.SubscriptionsConfirmed) > 0;
}
