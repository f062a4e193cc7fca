import { account } from '../../paths.ts';
import { type Handlers, type Parameters, ServiceError, text, texts } from '../call.ts';
import type { Publish } from '../cicd/events.ts';
import { actionRunner } from '../cicd/pipeline/actions/actions.ts';
import type { Answer, Approvals } from '../cicd/pipeline/actions/tools.ts';
import type { Trigger } from '../cicd/pipeline/execution.ts';
import { PipelineRuns } from '../cicd/pipeline/pipeline-runs.ts';
import { actionDetail, eventDetail, executionDetail, executionSummary, stageStates } from '../cicd/pipeline/views.ts';
import type { Clock } from '../clock.ts';
import {
  assertValid,
  executionOf,
  named,
  type Pipeline,
  type State,
  shown,
  stageOf,
  structureOf,
  withArn,
  withDefaults,
} from './codepipeline-state.ts';
import { jsonService, page } from './json-service.ts';
import { tagList, tagsOf } from './tags.ts';

interface Surroundings {
  /** The front door's, which the actions call. */
  readonly port: number;
  readonly clock: Clock;
  readonly publish: Publish;
  readonly log: (line: string) => void;
}

const byPerson = (triggerType: string): Trigger => ({ triggerType, triggerDetail: `arn:aws:iam::${account}:root` });

/** CodePipeline; see README.md, "Code services". */
export function codepipeline({ port, clock, publish, log }: Surroundings): Handlers {
  const approvals: Approvals = new Map();
  const run = actionRunner(port, clock, approvals);

  const newPipeline = (state: State, document: Parameters, tags: Record<string, string>): Pipeline => {
    const arn = `arn:aws:codepipeline:${state.region}:${account}:${text(document, 'name')}`;
    const pipeline: Pipeline = {
      arn,
      created: Date.now(),
      updated: Date.now(),
      document: withDefaults(document),
      version: 1,
      tags,
      runs: new PipelineRuns({
        run,
        structure: () => structureOf(state, pipeline),
        publish: (change) => {
          publish(state.region, {
            source: 'aws.codepipeline',
            type: `CodePipeline ${change.of} Execution State Change`,
            resources: [arn],
            detail: eventDetail(change),
          }).catch((error: unknown) => log(`${arn}: no event of ${change.of} ${change.state}: ${String(error)}`));
        },
      }),
    };
    return pipeline;
  };

  return jsonService<State>('codepipeline', (region) => ({ region, pipelines: new Map() }), {
    CreatePipeline: (parameters, state) => {
      const document = (parameters.pipeline ?? {}) as Parameters;
      const name = text(document, 'name') ?? '';
      if (state.pipelines.has(name))
        throw new ServiceError(
          'PipelineNameInUseException',
          `A pipeline with the name '${name}' already exists in account '${account}'`,
        );
      assertValid(document);
      const pipeline = newPipeline(state, document, tagsOf(parameters.tags));
      state.pipelines.set(name, pipeline);
      pipeline.runs.start(byPerson('CreatePipeline'));
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
      const document = (parameters.pipeline ?? {}) as Parameters;
      const pipeline = named(state, text(document, 'name'));
      assertValid(document);
      const { version: _version, ...rest } = document;
      pipeline.document = withDefaults(rest);
      pipeline.version += 1;
      pipeline.updated = Date.now();
      return { pipeline: shown(pipeline) };
    },
    DeletePipeline: (parameters, state) => {
      const name = text(parameters, 'name') ?? '';
      const pipeline = state.pipelines.get(name);
      state.pipelines.delete(name);
      for (const execution of pipeline?.runs.executions ?? [])
        if (execution.open) pipeline?.runs.stop(execution, true, 'The pipeline was deleted');
      return {};
    },
    ListPipelines: (parameters, state) => {
      const all = [...state.pipelines.values()].map(({ document, version, created, updated }) => ({
        name: document.name,
        version,
        pipelineType: document.pipelineType,
        executionMode: document.executionMode,
        created: created / 1000,
        updated: updated / 1000,
      }));
      const { items, nextToken } = page(all, Number(parameters.maxResults ?? 1000), text(parameters, 'nextToken'));
      return { pipelines: items, nextToken };
    },
    GetPipelineState: (parameters, state) => {
      const pipeline = named(state, text(parameters, 'name'));
      return {
        pipelineName: pipeline.document.name,
        pipelineVersion: pipeline.version,
        stageStates: stageStates(structureOf(state, pipeline), pipeline.runs),
        created: pipeline.created / 1000,
        updated: pipeline.updated / 1000,
      };
    },
    ListPipelineExecutions: (parameters, state) => {
      const { executions } = named(state, text(parameters, 'pipelineName')).runs;
      const limit = Number(parameters.maxResults ?? 100);
      const { items, nextToken } = page(executions.map(executionSummary), limit, text(parameters, 'nextToken'));
      return { pipelineExecutionSummaries: items, nextToken };
    },
    GetPipelineExecution: (parameters, state) => ({
      pipelineExecution: executionDetail(executionOf(named(state, text(parameters, 'pipelineName')), parameters)),
    }),
    ListActionExecutions: (parameters, state) => {
      const pipeline = named(state, text(parameters, 'pipelineName'));
      const wanted = text((parameters.filter ?? {}) as Parameters, 'pipelineExecutionId');
      const structure = structureOf(state, pipeline);
      const all = pipeline.runs.actions.filter(({ executionId }) => wanted === undefined || executionId === wanted);
      const { items, nextToken } = page(
        all.map((record) => actionDetail(record, structure)),
        Number(parameters.maxResults ?? 100),
        text(parameters, 'nextToken'),
      );
      return { actionExecutionDetails: items, nextToken };
    },
    StartPipelineExecution: (parameters, state) => {
      const pipeline = named(state, text(parameters, 'name'));
      // What an EventBridge rule says of itself (ministack/patches/events.py); people can't.
      const trigger = parameters.trigger as Trigger | undefined;
      return { pipelineExecutionId: pipeline.runs.start(trigger ?? byPerson('StartPipelineExecution')).id };
    },
    StopPipelineExecution: (parameters, state) => {
      const { runs } = named(state, text(parameters, 'pipelineName'));
      const id = text(parameters, 'pipelineExecutionId');
      const execution = runs.executions.find((candidate) => candidate.id === id);
      if (execution === undefined || !execution.open)
        throw new ServiceError(
          'PipelineExecutionNotStoppableException',
          `The pipeline execution ${id} cannot be stopped`,
        );
      const abandon = parameters.abandon === true;
      if (execution.status === 'Stopping' && !abandon)
        throw new ServiceError(
          'DuplicatedStopRequestException',
          `The pipeline execution ${id} is being stopped already`,
        );
      runs.stop(execution, abandon, text(parameters, 'reason'));
      return { pipelineExecutionId: id };
    },
    RetryStageExecution: (parameters, state) => {
      const pipeline = named(state, text(parameters, 'pipelineName'));
      const execution = executionOf(pipeline, parameters);
      const stage = stageOf(execution.structure, text(parameters, 'stageName'));
      const { latest } = pipeline.runs.stage(stage.name);
      if (latest?.execution !== execution)
        throw new ServiceError(
          'NotLatestPipelineExecutionException',
          `Another execution has been in stage ${stage.name} since ${execution.id}`,
        );
      if (execution.status !== 'Failed' || latest.status !== 'Failed')
        throw new ServiceError('StageNotRetryableException', `Stage ${stage.name} has no failed actions to retry`);
      pipeline.runs.retry(execution, stage, text(parameters, 'retryMode') === 'ALL_ACTIONS');
      return { pipelineExecutionId: execution.id };
    },
    PutApprovalResult: (parameters, state, { principal }) => {
      const pipeline = named(state, text(parameters, 'pipelineName'));
      const stage = stageOf(structureOf(state, pipeline), text(parameters, 'stageName'));
      const actionName = text(parameters, 'actionName');
      if (!stage.actions.some(({ name }) => name === actionName))
        throw new ServiceError('ActionNotFoundException', `Action '${actionName}' does not exist`);
      const record = pipeline.runs.actions.find((seen) => seen.stage === stage.name && seen.action.name === actionName);
      if (record?.status !== 'InProgress')
        throw new ServiceError('ApprovalAlreadyCompletedException', `${actionName} waits for no answer`);
      const token = text(parameters, 'token') ?? '';
      const answer = record.token === token ? approvals.get(token) : undefined;
      if (answer === undefined)
        throw new ServiceError('InvalidApprovalTokenException', `The token is not the one of the open approval`);
      answer(answerOf((parameters.result ?? {}) as Parameters, principal));
      return { approvedAt: Date.now() / 1000 };
    },
    DisableStageTransition: (parameters, state) => {
      const pipeline = named(state, text(parameters, 'pipelineName'));
      const { name } = stageOf(structureOf(state, pipeline), text(parameters, 'stageName'));
      pipeline.runs.disable(name, text(parameters, 'reason') ?? '');
      return {};
    },
    EnableStageTransition: (parameters, state) => {
      const pipeline = named(state, text(parameters, 'pipelineName'));
      pipeline.runs.enable(stageOf(structureOf(state, pipeline), text(parameters, 'stageName')).name);
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
}

function answerOf(result: Parameters, by: string): Answer {
  const status = text(result, 'status');
  if (status !== 'Approved' && status !== 'Rejected')
    throw new ServiceError('ValidationException', `${status} is neither Approved nor Rejected`);
  return { approved: status === 'Approved', summary: text(result, 'summary') ?? '', by };
}
