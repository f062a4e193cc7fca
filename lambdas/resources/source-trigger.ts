import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
  type PutTargetsResultEntry,
  RemoveTargetsCommand,
  type RemoveTargetsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { hasRepository, isMirrored, isPipelineAway, type RegionConfig } from '../../workflow/config.ts';
import {
  anywhere,
  arnOf,
  defaultBusArn,
  failureRuleArn,
  failureRuleName,
  mirrorRuleArn,
  mirrorRuleName,
  pipelineName,
  sourceRuleArn,
  sourceRuleName,
} from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import { ownershipTags, upperTagList } from '../aws/ownership.ts';
import { count } from '../aws/pages.ts';
import { TransientError } from '../errors.ts';
import { compare, compareByName, names, releasing } from './differences.ts';
import { creating, onOwned } from './grants.ts';
import { passRole } from './pass-role.ts';
import { type Resource, readyAtOnce, ref, type Wanted } from './resource.ts';
import { find, rulePages, type SourceTriggerFound, type Target } from './source-trigger-reading.ts';

/** A rule of the default bus and its targets, which have no identity of their own. */
export interface SourceTriggerSpec {
  readonly name: string;
  /** For people; where somebody changes it, it has no effect and is no drift. */
  readonly description: string;
  readonly pattern: object;
  /** By id; a rule has these and no others. */
  readonly targets: Readonly<Record<string, Target>>;
}

const rules = [sourceRuleArn, mirrorRuleArn, failureRuleArn].map((arn) => arn(anywhere));

export const sourceTrigger: Resource<SourceTriggerSpec, SourceTriggerFound> = {
  kind: 'source-trigger',
  after: ['pipeline-transition'],
  permissions: {
    read: [
      {
        actions: ['events:DescribeRule', 'events:ListTagsForResource', 'events:ListTargetsByRule'],
        resources: rules,
      },
      'events:ListRules',
    ],
    write: [
      creating(['events:PutRule', 'events:TagResource'], rules),
      onOwned(
        ['events:PutRule', 'events:TagResource', 'events:PutTargets', 'events:RemoveTargets', 'events:DeleteRule'],
        rules,
      ),
      passRole('events.amazonaws.com'),
      'tag:TagResources',
    ],
  },

  quota: {
    name: 'Number of rules',
    service: 'events',
    code: 'L-244521F2',
    // Of af-south-1 and eu-south-1; 300 elsewhere. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    atLeast: 100,
    // Of each event bus; ours are on the default one.
    scope: 'region',
    used: (cloud) => count(rulePages(cloud), ({ Rules }) => Rules),
  },

  specs: (config) => [
    ...(config.primary && hasRepository(config) ? [source(config)] : []),
    ...(isMirrored(config) ? [mirror(config)] : []),
    ...(isPipelineAway(config) ? [failure(config)] : []),
  ],

  async list(cloud) {
    const { primary, region, homeRegion } = cloud.scope;
    const names = [
      sourceRuleName,
      ...(primary === false ? [] : [mirrorRuleName, ...(region === homeRegion ? [] : [failureRuleName])]),
    ];
    return (await Promise.all(names.map((name) => find(cloud, name(cloud.scope))))).flat();
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('enabled', found.enabled, true),
    ...releasing(compare('pattern', found.pattern, spec.pattern)),
    ...compareByName((id) => `targets[${id}]`, found.targets, spec.targets),
  ],

  async create(cloud, { key, spec }) {
    await cloud.client(EventBridgeClient).send(
      new PutRuleCommand({
        ...rule(spec),
        Tags: upperTagList(ownershipTags(cloud.scope, 'source-trigger', key)),
      }),
    );
    return {
      key,
      id: spec.name,
      arn: arnOf(cloud.scope, 'events', `rule/${spec.name}`),
      enabled: true,
      pattern: spec.pattern,
      targets: {},
    };
  },

  async update(cloud, { spec }, found, differences) {
    const events = cloud.client(EventBridgeClient);
    if (names(differences, 'pattern') || names(differences, 'enabled'))
      await events.send(new PutRuleCommand(rule(spec)));
    const unwanted = Object.keys(found.targets).filter((id) => spec.targets[id] === undefined);
    await removeTargets(events, spec.name, unwanted);
    const changed = Object.entries(spec.targets).filter(([id]) => names(differences, `targets[${id}]`));
    if (changed.length === 0) return;
    const { FailedEntries } = await events.send(
      new PutTargetsCommand({
        Rule: spec.name,
        Targets: changed.map(([Id, { arn, roleArn, input }]) => ({
          Id,
          Arn: arn,
          RoleArn: roleArn,
          ...(input === undefined
            ? {}
            : { InputTransformer: { InputPathsMap: input.paths, InputTemplate: input.template } }),
        })),
      }),
    );
    throwFailed(spec.name, FailedEntries);
  },

  arn: ({ arn }) => arn,

  /** EventBridge refuses to delete a rule that has targets. */
  async delete(cloud, found) {
    const events = cloud.client(EventBridgeClient);
    await ignoreNotFound(removeTargets(events, found.id, Object.keys(found.targets)));
    await ignoreNotFound(events.send(new DeleteRuleCommand({ Name: found.id })));
  },

  output: (found) => ({ id: found.id, arn: found.arn }),
};

async function removeTargets(events: EventBridgeClient, Rule: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  const { FailedEntries } = await events.send(new RemoveTargetsCommand({ Rule, Ids: [...ids] }));
  throwFailed(Rule, FailedEntries);
}

/** The calls succeed although entries fail: while another change of the rule is under way, for one. */
function throwFailed(rule: string, [failed]: readonly (PutTargetsResultEntry | RemoveTargetsResultEntry)[] = []): void {
  if (failed !== undefined)
    throw new TransientError(`target ${failed.TargetId} of rule ${rule}: ${failed.ErrorCode} ${failed.ErrorMessage}`);
}

const rule = (spec: SourceTriggerSpec) => ({
  Name: spec.name,
  Description: spec.description,
  EventPattern: JSON.stringify(spec.pattern),
  State: 'ENABLED' as const,
});

const events = { source: ['aws.codecommit'], 'detail-type': ['CodeCommit Repository State Change'] };
const resources = [ref('source-repository', 'main', 'arn')];

const source = (config: RegionConfig): Wanted<SourceTriggerSpec> => ({
  key: 'main',
  spec: {
    name: sourceRuleName(config),
    description: 'Starts the pipeline when the branch moves',
    pattern: {
      ...events,
      resources,
      detail: {
        event: ['referenceCreated', 'referenceUpdated'],
        referenceType: ['branch'],
        referenceName: [config.pipeline.branch],
      },
    },
    targets: { pipeline: { arn: ref('pipeline', 'main', 'arn'), roleArn: ref('role', 'events', 'arn') } },
  },
});

const mirror = (config: RegionConfig): Wanted<SourceTriggerSpec> => ({
  key: 'mirror',
  spec: {
    name: mirrorRuleName(config),
    description: 'Copies the source to its replicas when any branch or tag moves or goes',
    pattern: { ...events, resources },
    targets: {
      mirror: {
        arn: ref('build-project', 'mirror', 'arn'),
        roleArn: ref('role', 'events', 'arn'),
        // StartBuild's parameters. EventBridge puts the quotes around a text.
        input: {
          paths: { time: '$.time' },
          template: '{"environmentVariablesOverride":[{"name":"PUSHED_AT","value":<time>}]}',
        },
      },
    },
  },
});

/** The provisioner writes the mail: its rule for such events is on the bus of its own region only. */
const failure = (config: RegionConfig): Wanted<SourceTriggerSpec> => ({
  key: 'failure',
  spec: {
    name: failureRuleName(config),
    description: 'Tells the provisioner that the pipeline failed',
    pattern: {
      source: ['aws.codepipeline'],
      'detail-type': ['CodePipeline Pipeline Execution State Change'],
      detail: { state: ['FAILED'], pipeline: [pipelineName(config)] },
    },
    targets: {
      provisioner: {
        arn: defaultBusArn({ ...config, region: config.homeRegion }),
        roleArn: ref('role', 'events', 'arn'),
      },
    },
  },
});
