import {
  CodePipelineClient,
  DisableStageTransitionCommand,
  EnableStageTransitionCommand,
  GetPipelineStateCommand,
  paginateListPipelineExecutions,
  StopPipelineExecutionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-codepipeline';
import { arnOf } from '../../workflow/names.ts';
import { errorCode, ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { names } from './differences.ts';
import { ownedBy } from './ownership.ts';
import { heldStage, pipelineArns, pipelineName, pipelineTags } from './pipeline.ts';
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
  readonly enabled: boolean;
  /** Whether it was Slipway that closed it. */
  readonly heldByUs: boolean;
  /** The execution that the pipeline's creation started, if it still runs; not looked for once released. */
  readonly firstExecution: string | undefined;
}

export const releasedTag = 'slipway:released';
const keys = ['hold', 'release'] as const;

/** CodePipeline shows it in the console. It takes letters, digits and `!@ ().*?-` only (service model). */
const reasonPrefix = 'Slipway -';
const reasons = {
  hold: `${reasonPrefix} production has not been released yet. Provisioning opens this transition.`,
  abandon: `${reasonPrefix} started by the creation of the pipeline, before anything stood to deploy to`,
} as const;

export const pipelineTransition: Resource<PipelineTransitionSpec, PipelineTransitionFound> = {
  kind: 'pipeline-transition',
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
    ],
    write: [
      {
        actions: [
          'codepipeline:DisableStageTransition',
          'codepipeline:EnableStageTransition',
          'codepipeline:StopPipelineExecution',
          'codepipeline:TagResource',
        ],
        resources: pipelineArns,
      },
    ],
  },
  owned: 'by parent',

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
            stage: 'open-pipeline',
            spec: { pipeline: ref('pipeline', 'main'), stage: heldStage, released: true },
          },
        ],

  async list(cloud) {
    const name = pipelineName(cloud.scope);
    const state = await ignoreNotFound(cloud.client(CodePipelineClient).send(new GetPipelineStateCommand({ name })));
    if (state === undefined) return [];
    const tags = await pipelineTags(cloud);
    if (ownedBy(cloud.scope, 'pipeline', tags) === undefined) return [];

    const inbound = state.stageStates?.find(({ stageName }) => stageName === heldStage)?.inboundTransitionState;
    const released = tags[releasedTag] === 'true';
    const firstExecution = released ? undefined : await runningFirstExecution(cloud, name);
    return keys.map((key) => ({
      key,
      id: `${name}/${heldStage}`,
      pipeline: name,
      released,
      enabled: inbound?.enabled ?? true,
      heldByUs: inbound?.disabledReason?.startsWith(reasonPrefix) ?? false,
      firstExecution,
    }));
  },

  readiness: readyAtOnce,

  diff(spec, found) {
    // Abandoned by `release` too: behind an open transition it would deploy.
    const abandon =
      found.released || found.firstExecution === undefined
        ? []
        : [{ path: 'firstExecution', was: found.firstExecution, want: 'abandoned' }];
    if (!spec.released)
      return [...(found.released || !found.enabled ? [] : [{ path: 'enabled', was: true, want: false }]), ...abandon];
    return [
      ...abandon,
      ...(found.enabled || (found.released && !found.heldByUs) ? [] : [{ path: 'enabled', was: false, want: true }]),
      ...(found.released ? [] : [{ path: 'released', was: false, want: true }]),
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
    if (spec.released && names(differences, 'enabled'))
      await codepipeline.send(new EnableStageTransitionCommand(transition));
    // Last: until it is written, a run that died in between is repeated.
    if (spec.released && names(differences, 'released'))
      await codepipeline.send(
        new TagResourceCommand({
          resourceArn: arnOf(cloud.scope, 'codepipeline', found.pipeline),
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
