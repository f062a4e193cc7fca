import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  SetTopicAttributesCommand,
  SNSClient,
  SubscribeCommand,
  TagResourceCommand,
} from '@aws-sdk/client-sns';
import type { RegionConfig } from '../../workflow/config.ts';
import { anywhere, topicArn, topicKeys, topicName } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { orUnmanaged, ownedBy, ownershipTags, tagsOf, type Unmanaged, upperTagList } from '../aws/ownership.ts';
import { tagsOfArn } from '../aws/tags.ts';
import { compare, names, releasing, sorted } from './differences.ts';
import { creating, onOwned, withCondition } from './grants.ts';
import { comparePolicies, type Meaning, meaningOf, type PolicyDocument, parsePolicy } from './policy-document.ts';
import { type Found, type Resource, readyAtOnce, type Wanted } from './resource.ts';
import {
  type Asked,
  askedOf,
  askedTag,
  askedToday,
  type Subscription,
  subscriptionsTo,
} from './topic-subscriptions.ts';

/**
 * Not encrypted on purpose: CloudWatch can't publish to a topic under the AWS-managed key `alias/aws/sns`, whose policy
 * nobody can change, and what an alarm says is no secret.
 */
export interface TopicSpec {
  readonly name: string;
  /** What stands as the sender's name in e-mails; SNS shows 100 characters at most. */
  readonly displayName: string;
  /** Undefined: SNS's own, which is the account's. */
  readonly policy?: PolicyDocument;
  readonly emails: readonly string[];
}

export interface TopicFound extends Found {
  readonly name: string;
  readonly displayName: string;
  readonly policy: Meaning;
  readonly emails: readonly Subscription[];
  readonly asked: Asked;
}

const arns = topicKeys.map((key) => topicArn(anywhere, key));

export const topic: Resource<TopicSpec, TopicFound> = {
  kind: 'topic',
  permissions: {
    read: ['sns:GetTopicAttributes', 'sns:ListTagsForResource', 'sns:ListSubscriptionsByTopic'],
    write: [
      creating(['sns:CreateTopic', 'sns:TagResource'], arns),
      onOwned(['sns:TagResource', 'sns:SetTopicAttributes', 'sns:DeleteTopic'], arns),
      // An address only, whose owner has to confirm: nothing that could be made to confirm itself.
      withCondition(onOwned(['sns:Subscribe'], arns), { StringEquals: { 'sns:Protocol': 'email' } }),
      'tag:TagResources',
    ],
  },

  specs: (config) => [...(config.primary ? [approvals(config)] : []), alarms(config)],

  async list(cloud, _outputs, only = topicKeys) {
    const found = await Promise.all(
      topicKeys
        // Deliveries are approved in the primary region, which stays the primary one.
        .filter((key) => only.includes(key) && (key !== 'approvals' || cloud.scope.primary !== false))
        .map((key) => read(cloud, topicArn(cloud.scope, key))),
    );
    return found.flat();
  },

  readiness: readyAtOnce,

  /**
   * Addresses that others subscribed are left alone: an alarm may have readers that no configuration knows. One that was
   * asked again today is waited for.
   */
  diff: (spec, found) => [
    ...compare('displayName', found.displayName, spec.displayName),
    ...(spec.policy === undefined ? [] : comparePolicies('policy', found.policy, meaningOf(spec.policy))),
    ...sorted(spec.emails)
      .filter((email) => !found.emails.some(({ address }) => address === email) && !askedToday(found.asked, email))
      .flatMap((email) => {
        const missing = compare(`emails[${email}]`, 'not subscribed', 'subscribed');
        // Somebody who was asked before and is asked again is nobody new.
        return found.key === 'approvals' && found.asked[askedTag(email)] === undefined ? releasing(missing) : missing;
      }),
  ],

  async create(cloud, { key, spec }) {
    const { TopicArn: id = '' } = await cloud.client(SNSClient).send(
      new CreateTopicCommand({
        Name: spec.name,
        Attributes: {
          DisplayName: spec.displayName,
          ...(spec.policy === undefined ? {} : { Policy: JSON.stringify(spec.policy) }),
        },
        Tags: upperTagList(ownershipTags(cloud.scope, 'topic', key)),
      }),
    );
    return {
      key,
      id,
      name: spec.name,
      displayName: spec.displayName,
      policy: meaningOf(spec.policy),
      emails: [],
      asked: {},
    };
  },

  async update(cloud, { spec }, found, differences) {
    const sns = cloud.client(SNSClient);
    const set = (AttributeName: string, AttributeValue: string) =>
      sns.send(new SetTopicAttributesCommand({ TopicArn: found.id, AttributeName, AttributeValue }));
    if (names(differences, 'displayName')) await set('DisplayName', spec.displayName);
    if (names(differences, 'policy') && spec.policy !== undefined) await set('Policy', JSON.stringify(spec.policy));
    for (const email of spec.emails.filter((each) => names(differences, `emails[${each}]`))) {
      await sns.send(new SubscribeCommand({ TopicArn: found.id, Protocol: 'email', Endpoint: email }));
      // Written afterwards: while it is missing, a run that died in between asks once more.
      const Key = askedTag(email);
      const Value = found.asked[Key] === undefined ? 'first' : new Date().toISOString();
      await sns.send(new TagResourceCommand({ ResourceArn: found.id, Tags: [{ Key, Value }] }));
    }
  },

  arn: ({ id }) => id,

  /** Takes the subscriptions along. */
  async delete(cloud, found) {
    await ignoreNotFound(cloud.client(SNSClient).send(new DeleteTopicCommand({ TopicArn: found.id })));
  },

  output(found) {
    const pending = sorted(found.emails.filter(({ confirmed }) => !confirmed).map(({ address }) => address));
    return {
      id: found.id,
      name: found.name,
      ...(pending.length === 0 ? {} : { unconfirmed: pending.join(', ') }),
    };
  },
};

const alarms = (config: RegionConfig): Wanted<TopicSpec> => ({
  key: 'alarms',
  stage: 'monitoring',
  spec: {
    name: topicName(config, 'alarms'),
    displayName: `${config.deployment} alarms ${config.region}`,
    policy: {
      Version: '2012-10-17',
      Statement: [
        {
          Sid: 'AlarmsOfThisAccount',
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Action: 'sns:Publish',
          Resource: topicArn(config, 'alarms'),
          Condition: { StringEquals: { 'aws:SourceAccount': config.account } },
        },
      ],
    },
    emails: config.alarms.emails,
  },
});

/** The pipeline publishes with its own role, which is allowed to: no policy of the topic's is needed. */
const approvals = (config: RegionConfig): Wanted<TopicSpec> => ({
  key: 'approvals',
  stage: 'pipeline',
  spec: {
    name: topicName(config, 'approvals'),
    displayName: `${config.deployment} approvals`,
    emails: config.pipeline.approvalEmails,
  },
});

async function read(cloud: Cloud, arn: string): Promise<readonly (TopicFound | Unmanaged)[]> {
  const name = arn.slice(arn.lastIndexOf(':') + 1);
  const sns = cloud.client(SNSClient);
  const answer = await ignoreNotFound(sns.send(new GetTopicAttributesCommand({ TopicArn: arn })));
  if (answer?.Attributes === undefined) return [];
  const tags = await tagsOfArn(cloud, arn, async () =>
    tagsOf((await ignoreNotFound(sns.send(new ListTagsForResourceCommand({ ResourceArn: arn }))))?.Tags),
  );
  const owned = ownedBy(cloud.scope, 'topic', tags);
  if (owned === undefined) return orUnmanaged([], name);
  const emails = await subscriptionsTo(cloud, arn);
  if (emails === undefined) return [];
  return [
    {
      ...owned,
      id: arn,
      name,
      displayName: answer.Attributes.DisplayName ?? '',
      policy: parsePolicy(answer.Attributes.Policy),
      emails,
      asked: askedOf(tags),
    },
  ];
}
