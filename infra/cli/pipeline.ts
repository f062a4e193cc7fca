import {
  CodePipelineClient,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  PutApprovalResultCommand,
} from '@aws-sdk/client-codepipeline';
import { cloudIn } from '../../lambdas/aws/clients.ts';
import { readStandingReport } from '../../lambdas/store/reports.ts';
import type { RegionReport } from '../../workflow/report.ts';
import { CliError } from './cli-error.ts';
import type { Target } from './target.ts';

/** A deployment's pipeline, as the report of what exists names it. */
export interface FoundPipeline {
  readonly name: string;
  /** Absent where the source is not in CodeCommit. */
  readonly source?: { readonly cloneUrl: string; readonly repository: string };
  readonly codepipeline: CodePipelineClient;
  /** The primary one first. */
  readonly regions: readonly RegionReport[];
}

/** @throws {CliError} when the deployment has no pipeline yet */
export async function findPipeline(target: Target, deployment: string): Promise<FoundPipeline> {
  const { regions = [] } = (await readStandingReport(target.table, deployment)) ?? {};
  const primary = regions.find(({ outputs }) => outputs.pipeline?.main?.id !== undefined);
  const name = primary?.outputs.pipeline?.main?.id;
  const source = primary?.outputs['source-repository']?.main;
  if (primary === undefined || name === undefined)
    throw new CliError(`no run of ${deployment} has left a pipeline`, 'see how it went: npx slipway status');
  return {
    name,
    ...(source?.cloneUrl === undefined ? {} : { source: { cloneUrl: source.cloneUrl, repository: source.id } }),
    codepipeline: cloudIn({ region: primary.region }).client(CodePipelineClient),
    regions: [primary, ...regions.filter((each) => each !== primary)],
  };
}

/** An approval action that waits. */
export interface PipelineQuestion {
  readonly pipelineName: string;
  readonly stageName: string;
  readonly actionName: string;
  readonly token: string;
  readonly pipelineExecutionId: string;
}

export async function waitingApproval({ codepipeline, name }: FoundPipeline): Promise<PipelineQuestion | undefined> {
  const { stageStates = [] } = await codepipeline.send(new GetPipelineStateCommand({ name }));
  for (const { stageName = '', latestExecution, actionStates = [] } of stageStates)
    for (const { actionName = '', latestExecution: action } of actionStates)
      if (action?.status === 'InProgress' && action.token !== undefined)
        return {
          pipelineName: name,
          stageName,
          actionName,
          token: action.token,
          pipelineExecutionId: latestExecution?.pipelineExecutionId ?? '',
        };
  return undefined;
}

/** What the approvers are asked, in the words of their e-mail. */
export async function questionText({ codepipeline }: FoundPipeline, question: PipelineQuestion): Promise<string> {
  const { pipelineName, pipelineExecutionId, stageName, actionName } = question;
  const { actionExecutionDetails = [] } = await codepipeline.send(
    new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId } }),
  );
  const asked = actionExecutionDetails.find((each) => each.stageName === stageName && each.actionName === actionName);
  return asked?.input?.resolvedConfiguration?.CustomData ?? `${actionName} of ${pipelineName}`;
}

export async function answerPipeline(
  { codepipeline }: FoundPipeline,
  { pipelineName, stageName, actionName, token }: PipelineQuestion,
  decision: 'approve' | 'reject',
  by: string,
): Promise<void> {
  const status = decision === 'approve' ? 'Approved' : 'Rejected';
  await codepipeline.send(
    new PutApprovalResultCommand({
      pipelineName,
      stageName,
      actionName,
      token,
      result: { status, summary: `${status} by ${by}` },
    }),
  );
}
