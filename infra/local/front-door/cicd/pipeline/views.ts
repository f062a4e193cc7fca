import type { ActionRecord, Artifact, Execution } from './execution.ts';
import type { PipelineRuns, StateChange } from './pipeline-runs.ts';
import type { Structure } from './structure.ts';

const seconds = (milliseconds: number): number => milliseconds / 1000;

const executionState = (execution: Execution, status: string): unknown => ({
  pipelineExecutionId: execution.id,
  status,
  type: 'STANDARD',
});

/** GetPipelineState's stages. */
export function stageStates(structure: Structure, runs: PipelineRuns): unknown {
  return structure.stages.map(({ name, actions }) => {
    const { holder, inbound, latest } = runs.stage(name);
    const disabled = runs.disabled.get(name);
    const waiting = inbound.map((execution) => executionState(execution, 'InProgress'));
    return {
      stageName: name,
      inboundTransitionState: {
        enabled: disabled === undefined,
        ...(disabled === undefined
          ? {}
          : { disabledReason: disabled.reason, lastChangedAt: seconds(disabled.at), lastChangedBy: 'root' }),
      },
      ...(waiting.length === 0 ? {} : { inboundExecution: waiting[0], inboundExecutions: waiting }),
      ...(latest === undefined
        ? {}
        : {
            latestExecution: executionState(
              latest.execution,
              holder?.status === 'Stopping' ? 'Stopping' : latest.status,
            ),
          }),
      actionStates: actions.map((action) => {
        const record = runs.actions.find((seen) => seen.stage === name && seen.action.name === action.name);
        return {
          actionName: action.name,
          ...(record === undefined ? {} : { latestExecution: actionState(record) }),
          ...(record?.outputs[0]?.revision === undefined
            ? {}
            : {
                currentRevision: {
                  revisionId: record.outputs[0].revision.id,
                  revisionChangeId: record.outputs[0].revision.id,
                  created: seconds(record.updated),
                },
              }),
        };
      }),
    };
  });
}

const actionState = (record: ActionRecord): unknown => ({
  actionExecutionId: record.id,
  status: record.status,
  summary: record.summary,
  lastStatusChange: seconds(record.updated),
  lastUpdatedBy: record.answeredBy,
  token: record.token,
  externalExecutionId: record.external?.id,
  externalExecutionUrl: record.external?.url,
  errorDetails: record.error,
});

const revisions = (execution: Execution): Artifact[] =>
  [...execution.artifacts.values()].filter(({ revision }) => revision !== undefined);

/** Source revisions: what the actions of the first stage brought. */
function sources(execution: Execution): { action: string; artifact: Artifact }[] {
  const [first] = execution.structure.stages;
  return (first?.actions ?? []).flatMap(({ name, outputs }) =>
    revisions(execution)
      .filter((artifact) => outputs.includes(artifact.name))
      .map((artifact) => ({ action: name, artifact })),
  );
}

export const executionSummary = (execution: Execution): unknown => ({
  pipelineExecutionId: execution.id,
  status: execution.status,
  statusSummary: execution.statusSummary,
  startTime: seconds(execution.started),
  lastUpdateTime: seconds(execution.updated),
  executionMode: execution.structure.executionMode,
  executionType: 'STANDARD',
  trigger: execution.trigger,
  sourceRevisions: sources(execution).map(({ action, artifact }) => ({
    actionName: action,
    revisionId: artifact.revision?.id,
    revisionSummary: artifact.revision?.summary,
  })),
  ...(execution.status === 'Stopped' ? { stopTrigger: { reason: execution.statusSummary } } : {}),
});

export const executionDetail = (execution: Execution): unknown => ({
  pipelineName: execution.structure.name,
  pipelineVersion: execution.structure.version,
  pipelineExecutionId: execution.id,
  status: execution.status,
  statusSummary: execution.statusSummary,
  executionMode: execution.structure.executionMode,
  executionType: 'STANDARD',
  trigger: execution.trigger,
  artifactRevisions: sources(execution).map(({ artifact }) => ({
    name: artifact.name,
    revisionId: artifact.revision?.id,
    revisionSummary: artifact.revision?.summary,
  })),
  variables: [],
});

const location = (record: ActionRecord, structure: Structure, { name, key }: Artifact): unknown => ({
  name,
  s3location: { bucket: structure.stores[record.action.region], key },
});

export const actionDetail = (record: ActionRecord, structure: Structure): unknown => ({
  pipelineExecutionId: record.executionId,
  actionExecutionId: record.id,
  pipelineVersion: structure.version,
  stageName: record.stage,
  actionName: record.action.name,
  startTime: seconds(record.started),
  lastUpdateTime: seconds(record.updated),
  updatedBy: record.answeredBy,
  status: record.status,
  input: {
    actionTypeId: record.action.type,
    configuration: record.action.configuration,
    resolvedConfiguration: record.configuration,
    region: record.action.region,
    namespace: record.action.namespace,
    inputArtifacts: record.inputs.map((artifact) => location(record, structure, artifact)),
  },
  output: {
    outputArtifacts: record.outputs.map((artifact) => location(record, structure, artifact)),
    outputVariables: record.variables,
    executionResult: {
      externalExecutionId: record.external?.id,
      externalExecutionUrl: record.external?.url,
      externalExecutionSummary: record.summary,
      errorDetails: record.error,
    },
  },
});

/** The detail of "CodePipeline … Execution State Change" (CodePipeline user guide, "Monitoring CodePipeline events"). */
export function eventDetail({ state, execution, stage, record }: StateChange): object {
  return {
    pipeline: execution.structure.name,
    version: execution.structure.version,
    state,
    'execution-id': execution.id,
    ...(stage === undefined && state === 'STARTED' ? { 'execution-trigger': snaked(execution) } : {}),
    ...(stage === undefined ? {} : { stage }),
    ...(record === undefined
      ? {}
      : {
          action: record.action.name,
          'action-execution-id': record.id,
          region: record.action.region,
          type: record.action.type,
          'execution-result': {
            'external-execution-id': record.external?.id,
            'external-execution-url': record.external?.url,
            'external-execution-summary': record.error?.message ?? record.summary,
            'error-code': record.error?.code,
          },
        }),
  };
}

const snaked = ({ trigger }: Execution): object => ({
  'trigger-type': trigger.triggerType,
  'trigger-detail': trigger.triggerDetail,
});
