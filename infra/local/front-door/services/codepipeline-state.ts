import { account } from '../../paths.ts';
import { type Parameters, ServiceError, text } from '../call.ts';
import type { Execution } from '../cicd/pipeline/execution.ts';
import type { PipelineRuns } from '../cicd/pipeline/pipeline-runs.ts';
import { readStructure, type Stage, type Structure } from '../cicd/pipeline/structure.ts';
import { structureProblem } from '../cicd/pipeline/structure-problem.ts';

export interface Pipeline {
  readonly arn: string;
  readonly created: number;
  readonly runs: PipelineRuns;
  document: Parameters;
  version: number;
  updated: number;
  tags: Record<string, string>;
}

export interface State {
  readonly region: string;
  readonly pipelines: Map<string, Pipeline>;
}

export function named(state: State, name: string | undefined): Pipeline {
  const found = state.pipelines.get(name ?? '');
  if (found === undefined)
    throw new ServiceError(
      'PipelineNotFoundException',
      `Account '${account}' does not have a pipeline with name '${name}'`,
    );
  return found;
}

export function withArn(state: State, arn: string | undefined): Pipeline {
  const found = [...state.pipelines.values()].find((pipeline) => pipeline.arn === arn);
  if (found === undefined) throw new ServiceError('ResourceNotFoundException', `The resource ${arn} does not exist`);
  return found;
}

export function executionOf(pipeline: Pipeline, parameters: Parameters): Execution {
  const id = text(parameters, 'pipelineExecutionId');
  const found = pipeline.runs.executions.find((execution) => execution.id === id);
  if (found === undefined)
    throw new ServiceError('PipelineExecutionNotFoundException', `The pipeline execution ${id} does not exist`);
  return found;
}

export const structureOf = (state: State, pipeline: Pick<Pipeline, 'document' | 'version'>): Structure =>
  readStructure(pipeline.document, pipeline.version, state.region);

export function stageOf(structure: Structure, name: string | undefined): Stage {
  const found = structure.stages.find((stage) => stage.name === name);
  if (found === undefined) throw new ServiceError('StageNotFoundException', `Stage '${name}' does not exist`);
  return found;
}

/** What AWS fills in. */
export const withDefaults = (document: Parameters): Parameters => ({
  executionMode: 'SUPERSEDED',
  pipelineType: 'V1',
  ...document,
});

export function assertValid(document: Parameters): void {
  const problem = structureProblem(document);
  if (problem !== undefined) throw new ServiceError('InvalidStructureException', problem);
}

export const shown = ({ document, version }: Pipeline): Parameters => ({ ...document, version });
