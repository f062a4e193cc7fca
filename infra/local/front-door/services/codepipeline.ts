import { randomUUID } from 'node:crypto';
import { account } from '../../paths.ts';
import { type Handlers, type Parameters, ServiceError, structures, text, texts } from '../call.ts';
import { jsonService, page } from './json-service.ts';
import { tagList, tagsOf } from './tags.ts';

interface Execution {
  readonly id: string;
  readonly started: number;
  readonly trigger: { readonly triggerType: string; readonly triggerDetail: string };
  status: 'InProgress' | 'Failed' | 'Stopped';
}

interface Pipeline {
  readonly arn: string;
  readonly created: number;
  structure: Parameters;
  version: number;
  updated: number;
  tags: Record<string, string>;
  /** Reasons of disabled transitions into a stage. */
  readonly disabled: Map<string, { readonly reason: string; readonly at: number }>;
  readonly executions: Execution[];
}

interface State {
  readonly region: string;
  readonly pipelines: Map<string, Pipeline>;
}

const stagesOf = (structure: Parameters): Parameters[] => structures(structure, 'stages');
const actionsOf = (stage: Parameters): Parameters[] => structures(stage, 'actions');
const categoryOf = (action: Parameters): string | undefined =>
  text((action.actionTypeId ?? {}) as Parameters, 'category');

/** What CreatePipeline and UpdatePipeline refuse (CodePipeline user guide, "Pipeline structure reference"). */
export function structureProblem(structure: Parameters): string | undefined {
  const name = text(structure, 'name') ?? '';
  if (!/^[A-Za-z0-9.@\-_]{1,100}$/.test(name)) return `the pipeline name '${name}' is invalid`;
  if (text(structure, 'roleArn') === undefined) return 'the pipeline needs a role';
  const stages = stagesOf(structure);
  if (stages.length < 2) return 'Pipeline should have at least 2 stages';
  const names = stages.map((stage) => text(stage, 'name') ?? '');
  if (new Set(names).size < names.length) return 'stage names have to be unique';
  if (structure.artifactStore === undefined && structure.artifactStores === undefined)
    return 'the pipeline needs an artifact store';
  const made = new Set<string>();
  for (const [index, stage] of stages.entries()) {
    const actions = actionsOf(stage);
    if (actions.length === 0) return `stage ${names[index]} has no actions`;
    for (const action of actions) {
      const source = categoryOf(action) === 'Source';
      if (source !== (index === 0)) {
        return source
          ? 'Source actions can only occur in the first stage'
          : 'the first stage may only contain Source actions';
      }
      for (const input of structures(action, 'inputArtifacts')) {
        const artifact = text(input, 'name') ?? '';
        if (!made.has(artifact))
          return `the input artifact '${artifact}' of ${text(action, 'name')} is not made by an earlier action`;
      }
    }
    for (const action of actions)
      for (const output of structures(action, 'outputArtifacts')) made.add(text(output, 'name') ?? '');
  }
  return undefined;
}

function named(state: State, name: string | undefined): Pipeline {
  const found = state.pipelines.get(name ?? '');
  if (found === undefined) {
    throw new ServiceError(
      'PipelineNotFoundException',
      `Account '${account}' does not have a pipeline with name '${name}'`,
    );
  }
  return found;
}

function withArn(state: State, arn: string | undefined): Pipeline {
  const found = [...state.pipelines.values()].find((pipeline) => pipeline.arn === arn);
  if (found === undefined) throw new ServiceError('ResourceNotFoundException', `The resource ${arn} does not exist`);
  return found;
}

function assertStage(pipeline: Pipeline, stage: string | undefined): string {
  if (stage === undefined || !stagesOf(pipeline.structure).some((candidate) => candidate.name === stage)) {
    throw new ServiceError('StageNotFoundException', `Stage '${stage}' does not exist`);
  }
  return stage;
}

/** The local repositories have no branch, so every execution ends at its source: at once, where AWS takes some seconds. */
function start(pipeline: Pipeline, triggerType: string, triggerDetail: string): Execution {
  const execution: Execution = {
    id: randomUUID(),
    started: Date.now(),
    trigger: { triggerType, triggerDetail },
    status: 'Failed',
  };
  pipeline.executions.unshift(execution);
  return execution;
}

const shown = (pipeline: Pipeline): Parameters => ({ ...pipeline.structure, version: pipeline.version });

function stateOf(pipeline: Pipeline): unknown {
  const [latest] = pipeline.executions;
  return stagesOf(pipeline.structure).map((stage, index) => {
    const name = text(stage, 'name') ?? '';
    const disabled = pipeline.disabled.get(name);
    const failed = index === 0 && latest !== undefined;
    return {
      stageName: name,
      inboundTransitionState: {
        enabled: disabled === undefined,
        ...(disabled === undefined ? {} : { disabledReason: disabled.reason, lastChangedAt: disabled.at / 1000 }),
      },
      actionStates: actionsOf(stage).map((action) => ({
        actionName: action.name,
        ...(failed
          ? {
              latestExecution: {
                status: 'Failed',
                lastStatusChange: latest.started / 1000,
                errorDetails: {
                  code: 'ConfigurationError',
                  message: 'The action failed because no branch was found in the repository.',
                },
              },
            }
          : {}),
      })),
      ...(failed ? { latestExecution: { pipelineExecutionId: latest.id, status: latest.status } } : {}),
    };
  });
}

/** CodePipeline's definitions, transitions and executions that go no further than their source; see README.md, "Code services". */
export const codepipeline = (): Handlers =>
  jsonService<State>('codepipeline', (region) => ({ region, pipelines: new Map() }), {
    CreatePipeline: (parameters, state) => {
      const structure = (parameters.pipeline ?? {}) as Parameters;
      const name = text(structure, 'name') ?? '';
      if (state.pipelines.has(name)) {
        throw new ServiceError(
          'PipelineNameInUseException',
          `A pipeline with the name '${name}' already exists in account '${account}'`,
        );
      }
      const problem = structureProblem(structure);
      if (problem !== undefined) throw new ServiceError('InvalidStructureException', problem);
      const pipeline: Pipeline = {
        arn: `arn:aws:codepipeline:${state.region}:${account}:${name}`,
        created: Date.now(),
        updated: Date.now(),
        // What AWS fills in.
        structure: { executionMode: 'SUPERSEDED', pipelineType: 'V1', ...structure },
        version: 1,
        tags: tagsOf(parameters.tags),
        disabled: new Map(),
        executions: [],
      };
      state.pipelines.set(name, pipeline);
      start(pipeline, 'CreatePipeline', 'root');
      return { pipeline: shown(pipeline), tags: tagList(pipeline.tags) };
    },
    GetPipeline: (parameters, state) => {
      const pipeline = named(state, text(parameters, 'name'));
      return {
        pipeline: shown(pipeline),
        metadata: { pipelineArn: pipeline.arn, created: pipeline.created / 1000, updated: pipeline.updated / 1000 },
      };
    },
    UpdatePipeline: (parameters, state) => {
      const structure = (parameters.pipeline ?? {}) as Parameters;
      const pipeline = named(state, text(structure, 'name'));
      const problem = structureProblem(structure);
      if (problem !== undefined) throw new ServiceError('InvalidStructureException', problem);
      const { version: _version, ...rest } = structure;
      pipeline.structure = { executionMode: 'SUPERSEDED', pipelineType: 'V1', ...rest };
      pipeline.version += 1;
      pipeline.updated = Date.now();
      return { pipeline: shown(pipeline) };
    },
    DeletePipeline: (parameters, state) => {
      state.pipelines.delete(text(parameters, 'name') ?? '');
      return {};
    },
    ListPipelines: (parameters, state) => {
      const all = [...state.pipelines.values()].map((pipeline) => ({
        name: pipeline.structure.name,
        version: pipeline.version,
        pipelineType: pipeline.structure.pipelineType,
        executionMode: pipeline.structure.executionMode,
        created: pipeline.created / 1000,
        updated: pipeline.updated / 1000,
      }));
      const { items, nextToken } = page(all, Number(parameters.maxResults ?? 1000), text(parameters, 'nextToken'));
      return { pipelines: items, nextToken };
    },
    GetPipelineState: (parameters, state) => {
      const pipeline = named(state, text(parameters, 'name'));
      return {
        pipelineName: pipeline.structure.name,
        pipelineVersion: pipeline.version,
        stageStates: stateOf(pipeline),
        created: pipeline.created / 1000,
        updated: pipeline.updated / 1000,
      };
    },
    ListPipelineExecutions: (parameters, state) => ({
      pipelineExecutionSummaries: named(state, text(parameters, 'pipelineName')).executions.map((execution) => ({
        pipelineExecutionId: execution.id,
        status: execution.status,
        startTime: execution.started / 1000,
        lastUpdateTime: execution.started / 1000,
        sourceRevisions: [],
        trigger: execution.trigger,
      })),
    }),
    GetPipelineExecution: (parameters, state) => {
      const pipeline = named(state, text(parameters, 'pipelineName'));
      const execution = pipeline.executions.find(({ id }) => id === text(parameters, 'pipelineExecutionId'));
      if (execution === undefined) {
        throw new ServiceError('PipelineExecutionNotFoundException', 'The pipeline execution does not exist');
      }
      return {
        pipelineExecution: {
          pipelineName: pipeline.structure.name,
          pipelineVersion: pipeline.version,
          pipelineExecutionId: execution.id,
          status: execution.status,
          trigger: execution.trigger,
        },
      };
    },
    StartPipelineExecution: (parameters, state) => ({
      pipelineExecutionId: start(named(state, text(parameters, 'name')), 'StartPipelineExecution', 'root').id,
    }),
    StopPipelineExecution: (parameters, state) => {
      const pipeline = named(state, text(parameters, 'pipelineName'));
      const id = text(parameters, 'pipelineExecutionId');
      const execution = pipeline.executions.find((candidate) => candidate.id === id);
      if (execution?.status !== 'InProgress') {
        throw new ServiceError(
          'PipelineExecutionNotStoppableException',
          `The pipeline execution ${id} cannot be stopped`,
        );
      }
      execution.status = 'Stopped';
      return { pipelineExecutionId: id };
    },
    DisableStageTransition: (parameters, state) => {
      const pipeline = named(state, text(parameters, 'pipelineName'));
      pipeline.disabled.set(assertStage(pipeline, text(parameters, 'stageName')), {
        reason: text(parameters, 'reason') ?? '',
        at: Date.now(),
      });
      return {};
    },
    EnableStageTransition: (parameters, state) => {
      const pipeline = named(state, text(parameters, 'pipelineName'));
      pipeline.disabled.delete(assertStage(pipeline, text(parameters, 'stageName')));
      return {};
    },
    TagResource: (parameters, state) => {
      Object.assign(withArn(state, text(parameters, 'resourceArn')).tags, tagsOf(parameters.tags));
      return {};
    },
    UntagResource: (parameters, state) => {
      const { tags } = withArn(state, text(parameters, 'resourceArn'));
      for (const key of texts(parameters, 'tagKeys')) delete tags[key];
      return {};
    },
    ListTagsForResource: (parameters, state) => ({
      tags: tagList(withArn(state, text(parameters, 'resourceArn')).tags),
    }),
  });
