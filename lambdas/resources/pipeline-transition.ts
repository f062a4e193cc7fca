import {
  BatchGetBuildsCommand,
  CodeBuildClient,
  ListBuildsForProjectCommand,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import {
  CodePipelineClient,
  DisableStageTransitionCommand,
  EnableStageTransitionCommand,
  GetPipelineStateCommand,
  paginateListPipelineExecutions,
  StopPipelineExecutionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-codepipeline';
import { buildProjectName, pipelineArn, pipelineName } from '../../workflow/names.ts';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { ownedBy } from '../aws/ownership.ts';
import { tagsOfArn } from '../aws/tags.ts';
import { projectArns } from './build-project.ts';
import { compare, names } from './differences.ts';
import { onOwned } from './grants.ts';
import { pipelineArns, pipelineTags } from './pipeline.ts';
import { heldStage } from './pipeline-stages.ts';
import { type Found, type Resource, readyAtOnce, ref } from './resource.ts';

/**
 * The transition into the pipeline's Build stage. It exists with its pipeline and opens once: a pipeline that is made
 * starts by itself, and may not deploy into a platform that nobody has approved yet.
 *
 * Two keys for one thing, because two stages want something of it: `hold` closes it before the first release, `release`
 * opens it when production stands. After that it belongs to the people who work with the pipeline: closed by hand, it
 * stays closed.
 */
export interface PipelineTransitionSpec {
  readonly pipeline: string;
  readonly stage: string;
  readonly released: boolean;
}

export interface PipelineTransitionFound extends Found {
  readonly pipeline: string;
  /** Whether `release` was ever done: the pipeline's tag says so. */
  readonly released: boolean;
  /** Not read once released: from then on it belongs to people. */
  readonly enabled: boolean | undefined;
  /** The execution that the pipeline's creation started, if it still runs; not looked for once released. */
  readonly firstExecution: string | undefined;
  /** Whether a build runs: until the release it is that execution's, which CodePipeline leaves to go on. Not read once released. */
  readonly building: boolean;
}

const releasedTag = 'slipway:released';
const keys = ['hold', 'release'] as const;

/** CodePipeline shows it in the console. It takes letters, digits and `!@ ().*?-` only (service model). */
const reasonPrefix = 'Slipway -';
const reasons = {
  hold: `${reasonPrefix} production has not been released yet. Provisioning opens this transition.`,
  abandon: `${reasonPrefix} started by the creation of the pipeline, before anything stood to deploy to`,
} as const;

export const pipelineTransition: Resource<PipelineTransitionSpec, PipelineTransitionFound> = {
  kind: 'pipeline-transition',
  parent: 'pipeline',
  comesWithParent: true,
  permissions: {
    read: [
      {
        actions: [
          'codepipeline:GetPipelineState',
          'codepipeline:ListPipelineExecutions',
          'codepipeline:ListTagsForResource',
        ],
        resources: pipelineArns,
      },
      // Both projects, here and below: so it becomes one statement with the kind's own, and a role has 10,240 characters.
      { actions: ['codebuild:BatchGetBuilds', 'codebuild:ListBuildsForProject'], resources: projectArns },
    ],
    write: [
      onOwned(['codepipeline:StopPipelineExecution', 'codepipeline:TagResource'], pipelineArns),
      onOwned(['codebuild:StopBuild'], projectArns),
      {
        // Authorised by the stage, `<pipeline>/<stage>`: a wildcard in the first of several parts of a resource matches nothing.
        actions: ['codepipeline:DisableStageTransition', 'codepipeline:EnableStageTransition'],
        resources: ['arn:{partition}:codepipeline:*:{account}:*'],
      },
    ],
  },

  specs: (config) =>
    !config.primary
      ? []
      : [
          {
            key: 'hold',
            stage: 'pipeline',
            spec: { pipeline: ref('pipeline', 'main'), stage: heldStage, released: false },
          },
          {
            key: 'release',
            stage: 'finish-production',
            spec: { pipeline: ref('pipeline', 'main'), stage: heldStage, released: true },
          },
        ],

  async list(cloud) {
    const name = pipelineName(cloud.scope);
    const tags = await tagsOfArn(cloud, pipelineArn(cloud.scope), () => pipelineTags(cloud));
    if (ownedBy(cloud.scope, 'pipeline', tags) === undefined) return [];
    const both = (now: Pick<PipelineTransitionFound, 'released' | 'enabled' | 'firstExecution' | 'building'>) =>
      keys.map((key) => ({ key, id: `${name}/${heldStage}`, pipeline: name, ...now }));
    if (tags[releasedTag] === 'true')
      return both({ released: true, enabled: undefined, firstExecution: undefined, building: false });

    const read = await ignoreNotFound(
      Promise.all([
        cloud.client(CodePipelineClient).send(new GetPipelineStateCommand({ name })),
        runningFirstExecution(cloud, name),
        runningBuilds(cloud),
      ]),
    );
    if (read === undefined) return [];
    const [{ stageStates }, firstExecution, builds] = read;
    const inbound = stageStates?.find(({ stageName }) => stageName === heldStage)?.inboundTransitionState;
    return both({
      released: false,
      enabled: inbound?.enabled ?? true,
      firstExecution,
      building: builds.length > 0,
    });
  },

  readiness: readyAtOnce,

  diff(spec, found) {
    if (found.released) return [];
    return [
      // Abandoned by `release` too: behind an open transition it would deploy.
      ...compare('firstExecution', found.firstExecution ?? 'abandoned', 'abandoned'),
      ...compare('building', found.building, false),
      ...compare('enabled', found.enabled, spec.released),
      ...compare('released', false, spec.released),
    ];
  },

  create: async (_cloud, { key }) => {
    throw new TypeError(`pipeline-transition ${key} can't be created: it exists with its pipeline`);
  },

  async update(cloud, { spec }, found, differences) {
    const codepipeline = cloud.client(CodePipelineClient);
    const transition = { pipelineName: found.pipeline, stageName: spec.stage, transitionType: 'Inbound' as const };
    // Closed before the execution is stopped, and stopped before it is opened: nothing slips through in between.
    if (!spec.released && names(differences, 'enabled'))
      await codepipeline.send(new DisableStageTransitionCommand({ ...transition, reason: reasons.hold }));
    if (found.firstExecution !== undefined && names(differences, 'firstExecution'))
      await abandon(codepipeline, found.pipeline, found.firstExecution);
    // Asked again: until it was abandoned, the execution may have begun one.
    if (names(differences, 'firstExecution') || names(differences, 'building'))
      for (const id of await runningBuilds(cloud))
        await cloud.client(CodeBuildClient).send(new StopBuildCommand({ id }));
    if (spec.released && names(differences, 'enabled'))
      await codepipeline.send(new EnableStageTransitionCommand(transition));
    // Last: until it is written, a run that died in between is repeated.
    if (spec.released && names(differences, 'released'))
      await codepipeline.send(
        new TagResourceCommand({
          resourceArn: pipelineArn(cloud.scope),
          tags: [{ key: releasedTag, value: 'true' }],
        }),
      );
  },

  /** Goes with its pipeline. */
  delete: async () => {},

  output: (found) => ({ id: found.id }),
};

async function runningFirstExecution(cloud: Cloud, pipelineName: string): Promise<string | undefined> {
  const client = cloud.client(CodePipelineClient);
  for await (const page of paginateListPipelineExecutions({ client }, { pipelineName }))
    for (const seen of page.pipelineExecutionSummaries ?? [])
      if (seen.status === 'InProgress' && seen.trigger?.triggerType === 'CreatePipeline')
        return seen.pipelineExecutionId;
  return undefined;
}

/** What runs of the pipeline's builds. CodeBuild lists the newest first; nobody has had a hundred before the release. */
async function runningBuilds(cloud: Cloud): Promise<readonly string[]> {
  const codebuild = cloud.client(CodeBuildClient);
  const projectName = buildProjectName(cloud.scope);
  const listed = await ignoreNotFound(codebuild.send(new ListBuildsForProjectCommand({ projectName })));
  const ids = listed?.ids ?? [];
  if (ids.length === 0) return [];
  const { builds = [] } = await codebuild.send(new BatchGetBuildsCommand({ ids }));
  return builds.flatMap(({ id, buildStatus }) => (id !== undefined && buildStatus === 'IN_PROGRESS' ? [id] : []));
}

async function abandon(codepipeline: CodePipelineClient, pipelineName: string, id: string): Promise<void> {
  try {
    await codepipeline.send(
      new StopPipelineExecutionCommand({
        pipelineName,
        pipelineExecutionId: id,
        abandon: true,
        reason: reasons.abandon,
      }),
    );
  } catch (error) {
    // It ended, or is being stopped, since it was listed.
    if (!['PipelineExecutionNotStoppableException', 'DuplicatedStopRequestException'].includes(errorCode(error)))
      throw error;
  }
}
