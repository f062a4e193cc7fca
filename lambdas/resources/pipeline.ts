import {
  type ActionDeclaration,
  CodePipelineClient,
  CreatePipelineCommand,
  DeletePipelineCommand,
  GetPipelineCommand,
  type PipelineDeclaration,
  paginateListPipelines,
  paginateListTagsForResource,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { anywhere, artifactBucketName, pipelineArn, pipelineName } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { lowerTagList, orUnmanaged, ownedBy, ownershipTags, type Tags, tagsOf } from '../aws/ownership.ts';
import { allPages, count } from '../aws/pages.ts';
import { tagsOfArn } from '../aws/tags.ts';
import { compare, compareByName, releasing } from './differences.ts';
import { creating, onOwned } from './grants.ts';
import { passRole } from './pass-role.ts';
import { type PipelineAction, type PipelineStage, stagesOf } from './pipeline-stages.ts';
import { type Found, type Resource, readyAtOnce, ref } from './resource.ts';

export interface PipelineSpec extends PipelineSettings {
  readonly name: string;
}

interface PipelineSettings {
  readonly roleArn: string;
  readonly type: string;
  readonly executionMode: string;
  /** Region → bucket: actions in another region read from a bucket there. */
  readonly artifactStores: Readonly<Record<string, string>>;
  readonly stages: readonly PipelineStage[];
}

export interface PipelineFound extends Found, PipelineSettings {
  readonly arn: string;
}

/** Everything about the pipeline itself, and with a slash about its stages. */
export const pipelineArns = [pipelineArn(anywhere), `${pipelineArn(anywhere)}/*`] as const;

export const pipeline: Resource<PipelineSpec, PipelineFound> = {
  kind: 'pipeline',
  permissions: {
    read: [
      { actions: ['codepipeline:GetPipeline', 'codepipeline:ListTagsForResource'], resources: pipelineArns },
      'codepipeline:ListPipelines',
    ],
    write: [
      creating(['codepipeline:CreatePipeline', 'codepipeline:TagResource'], pipelineArns),
      onOwned(['codepipeline:TagResource', 'codepipeline:UpdatePipeline', 'codepipeline:DeletePipeline'], pipelineArns),
      passRole('codepipeline.amazonaws.com'),
      'tag:TagResources',
    ],
  },

  quota: {
    name: 'Total pipelines',
    service: 'codepipeline',
    code: 'L-78D200AD',
    // https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html; ours do not poll, of which there may be 300.
    atLeast: 1_000,
    scope: 'region',
    used: (cloud) =>
      count(paginateListPipelines({ client: cloud.client(CodePipelineClient) }, {}), ({ pipelines }) => pipelines),
  },

  specs: (config) =>
    !config.primary
      ? []
      : [
          {
            key: 'main',
            spec: {
              name: pipelineName(config),
              roleArn: ref('role', 'pipeline', 'arn'),
              type: 'V2',
              // SUPERSEDED, the default, drops a release that waits for its approval when the next commit arrives.
              executionMode: 'QUEUED',
              artifactStores: Object.fromEntries(
                config.regions.map((region) => [region, artifactBucketName({ ...config, region })]),
              ),
              stages: stagesOf(config),
            },
          },
        ],

  async list(cloud) {
    const { scope } = cloud;
    const name = pipelineName(scope);
    const answer = await ignoreNotFound(cloud.client(CodePipelineClient).send(new GetPipelineCommand({ name })));
    if (answer?.pipeline === undefined) return [];
    const tags = await tagsOfArn(cloud, pipelineArn(scope), () => pipelineTags(cloud));
    const owned = ownedBy(scope, 'pipeline', tags);
    return orUnmanaged(owned === undefined ? [] : [toFound(cloud, owned, answer.pipeline)], name);
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('roleArn', found.roleArn, spec.roleArn),
    ...compare('type', found.type, spec.type),
    ...compare('executionMode', found.executionMode, spec.executionMode),
    ...compareByName((region) => `artifactStores[${region}]`, found.artifactStores, spec.artifactStores),
    ...releasing(compare('stages', stageNames(found), stageNames(spec))),
    ...spec.stages.flatMap(({ name, actions }) => {
      const seen = found.stages.find((stage) => stage.name === name);
      if (seen === undefined) return [];
      const own = compareByName(
        (action) => `stages[${name}].actions[${action}]`,
        byName(seen.actions),
        byName(actions),
      );
      return name === 'Source' || asksOthers(seen.actions, actions) ? releasing(own) : own;
    }),
  ],

  /** A new pipeline starts itself: see pipeline-transition.ts, which comes next. */
  async create(cloud, { key, spec }) {
    const made = await cloud.client(CodePipelineClient).send(
      new CreatePipelineCommand({
        pipeline: declaration(cloud, spec),
        tags: lowerTagList(ownershipTags(cloud.scope, 'pipeline', key)),
      }),
    );
    return toFound(cloud, { key }, made.pipeline ?? declaration(cloud, spec));
  },

  async update(cloud, { spec }) {
    await cloud.client(CodePipelineClient).send(new UpdatePipelineCommand({ pipeline: declaration(cloud, spec) }));
  },

  arn: ({ arn }) => arn,

  async delete(cloud, found) {
    await ignoreNotFound(cloud.client(CodePipelineClient).send(new DeletePipelineCommand({ name: found.id })));
  },

  output: (found) => ({ id: found.id, arn: found.arn }),

  headlines: ({ id }) => ({ pipeline: id }),
};

/** Whether approvals go to another topic that stands; one that is made anew asks the same people. */
const asksOthers = (was: readonly PipelineAction[], want: readonly PipelineAction[]): boolean =>
  want.some(({ name, configuration: { NotificationArn: topic } }) => {
    const before = was.find((action) => action.name === name)?.configuration.NotificationArn;
    return topic?.startsWith('arn:') === true && topic !== before;
  });

/** The service's own answer; empty where the pipeline is not there. */
export async function pipelineTags(cloud: Cloud): Promise<Tags> {
  const client = cloud.client(CodePipelineClient);
  const pages = paginateListTagsForResource({ client }, { resourceArn: pipelineArn(cloud.scope) });
  return tagsOf(await ignoreNotFound(allPages(pages, ({ tags }) => tags)));
}

const stageNames = ({ stages }: PipelineSettings): string[] => stages.map(({ name }) => name);

const byName = (actions: readonly PipelineAction[]): Record<string, PipelineAction> =>
  Object.fromEntries(actions.map((action) => [action.name, action]));

function declaration(cloud: Cloud, spec: PipelineSpec): PipelineDeclaration {
  const stores = Object.entries(spec.artifactStores).map(
    ([region, location]) => [region, { type: 'S3' as const, location }] as const,
  );
  const [only] = stores;
  return {
    name: spec.name,
    roleArn: spec.roleArn,
    pipelineType: spec.type as 'V2',
    executionMode: spec.executionMode as 'QUEUED',
    // One of the two: the map is for pipelines that act in several regions.
    ...(stores.length === 1 && only !== undefined
      ? { artifactStore: only[1] }
      : { artifactStores: Object.fromEntries(stores) }),
    stages: spec.stages.map(({ name, actions }) => ({
      name,
      actions: actions.map(
        (action): ActionDeclaration => ({
          name: action.name,
          actionTypeId: {
            category: action.category as 'Source',
            owner: 'AWS',
            provider: action.provider,
            version: '1',
          },
          runOrder: action.runOrder,
          configuration: action.configuration,
          inputArtifacts: action.inputs.map((artifact) => ({ name: artifact })),
          outputArtifacts: action.outputs.map((artifact) => ({ name: artifact })),
          ...(action.region === cloud.scope.region ? {} : { region: action.region }),
          ...(action.namespace === undefined ? {} : { namespace: action.namespace }),
          ...(action.timeoutMinutes === undefined ? {} : { timeoutInMinutes: action.timeoutMinutes }),
        }),
      ),
    })),
  };
}

function toFound(cloud: Cloud, owned: Pick<Found, 'key' | 'tags'>, seen: PipelineDeclaration): PipelineFound {
  const { region } = cloud.scope;
  const stores = seen.artifactStores ?? (seen.artifactStore === undefined ? {} : { [region]: seen.artifactStore });
  return {
    ...owned,
    id: seen.name ?? '',
    arn: pipelineArn(cloud.scope),
    roleArn: seen.roleArn ?? '',
    // What AWS assumes where nothing is said.
    type: seen.pipelineType ?? 'V1',
    executionMode: seen.executionMode ?? 'SUPERSEDED',
    artifactStores: Object.fromEntries(
      Object.entries(stores).map(([storeRegion, { location }]) => [storeRegion, location ?? '']),
    ),
    stages: (seen.stages ?? []).map(({ name, actions }) => ({
      name: name ?? '',
      actions: (actions ?? []).map((action) => ({
        name: action.name ?? '',
        category: action.actionTypeId?.category ?? '',
        provider: action.actionTypeId?.provider ?? '',
        region: action.region ?? region,
        runOrder: action.runOrder ?? 1,
        configuration: action.configuration ?? {},
        inputs: (action.inputArtifacts ?? []).map((artifact) => artifact.name ?? ''),
        outputs: (action.outputArtifacts ?? []).map((artifact) => artifact.name ?? ''),
        namespace: action.namespace,
        timeoutMinutes: action.timeoutInMinutes,
      })),
    })),
  };
}
