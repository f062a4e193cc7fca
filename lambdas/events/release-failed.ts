import { BatchGetBuildsCommand, CodeBuildClient } from '@aws-sdk/client-codebuild';
import {
  type ActionExecutionDetail,
  CodePipelineClient,
  paginateListActionExecutions,
} from '@aws-sdk/client-codepipeline';
import type { EventBridgeEvent } from 'aws-lambda';
import { environmentNamed } from '../../workflow/environments.ts';
import { deploymentOfPipeline, topicArn } from '../../workflow/names.ts';
import { cloudIn } from '../aws/clients.ts';
import type { Cloud } from '../aws/cloud.ts';
import { type Mail, notify } from '../aws/notify.ts';
import { allPages } from '../aws/pages.ts';
import { handlerOf, home } from '../middleware/handler.ts';
import { readReached } from '../store/deployments.ts';
import { isMailed, noteMailed } from '../store/mailed.ts';

/** The used part of a "CodePipeline Pipeline Execution State Change" event. */
interface StateChange {
  readonly pipeline: string;
  readonly 'execution-id': string;
}

/**
 * Mails the platform's alarms topic why a pipeline's execution failed, what runs where now, and what to do next. An event
 * that is delivered twice is mailed once.
 */
export const handler = handlerOf(
  async ({
    id: eventId,
    region,
    detail: { pipeline, 'execution-id': id },
  }: EventBridgeEvent<'CodePipeline Pipeline Execution State Change', StateChange>): Promise<void> => {
    const deployment = deploymentOfPipeline(pipeline);
    const { table } = home();
    const [primary] = deployment === undefined ? [] : await readReached(table, deployment);
    // Somebody else's pipeline may have such a name.
    if (primary?.region !== region || (await isMailed(table, primary, eventId))) return;
    const cloud = cloudIn(primary);
    const actions = await lastActions(cloud, pipeline, id);
    const failed = actions.filter(({ status }) => status === 'Failed');
    const [first] = failed;
    if (first === undefined) return;
    const stage = actions.filter(({ stageName }) => stageName === first.stageName);
    const found = first.input?.actionTypeId?.category === 'Build' ? await buildFailure(cloud, first) : undefined;
    const mail = failureMail({ pipeline, region, execution: id, commit: commitOf(actions), stage, found });
    await notify(cloud, topicArn(primary, 'alarms'), mail);
    await noteMailed(table, primary, eventId);
  },
);

/** The newest attempt at each action of an execution; the service lists the newest first. */
async function lastActions(
  cloud: Cloud,
  pipelineName: string,
  pipelineExecutionId: string,
): Promise<readonly ActionExecutionDetail[]> {
  const client = cloud.client(CodePipelineClient);
  const newest = new Map<string, ActionExecutionDetail>();
  const pages = paginateListActionExecutions({ client }, { pipelineName, filter: { pipelineExecutionId } });
  for (const seen of await allPages(pages, (page) => page.actionExecutionDetails)) {
    const key = `${seen.stageName}/${seen.actionName}`;
    if (!newest.has(key)) newest.set(key, seen);
  }
  return [...newest.values()];
}

interface Commit {
  readonly id: string;
  /** The first line of its message. */
  readonly subject: string;
}

function commitOf(actions: readonly ActionExecutionDetail[]): Commit | undefined {
  const source = actions.find(({ input }) => input?.actionTypeId?.category === 'Source');
  const { CommitId, CommitMessage = '' } = source?.output?.outputVariables ?? {};
  return CommitId === undefined ? undefined : { id: CommitId, subject: CommitMessage.trim().split('\n', 1)[0] ?? '' };
}

/** The phase that failed, why, and where the log is. */
async function buildFailure(cloud: Cloud, action: ActionExecutionDetail): Promise<readonly string[]> {
  const id = action.output?.executionResult?.externalExecutionId;
  // No build was started.
  if (id === undefined) return [];
  const { builds = [] } = await cloud.client(CodeBuildClient).send(new BatchGetBuildsCommand({ ids: [id] }));
  const [build] = builds;
  const phase = build?.phases?.find(({ phaseStatus }) => phaseStatus !== undefined && phaseStatus !== 'SUCCEEDED');
  return [
    `Phase:  ${phase?.phaseType ?? 'unknown'}`,
    ...(phase?.contexts ?? []).flatMap(({ message }) => (message ? [`Reason: ${message}`] : [])),
    `Log:    ${build?.logs?.deepLink ?? 'none was written'}`,
  ];
}

interface Failure {
  readonly pipeline: string;
  readonly region: string;
  readonly execution: string;
  readonly commit: Commit | undefined;
  /** The actions of the stage that failed. */
  readonly stage: readonly ActionExecutionDetail[];
  /** What the build says. */
  readonly found: readonly string[] | undefined;
}

/** Pure. */
function failureMail({ pipeline, region, execution, commit, stage, found }: Failure): Mail {
  const stageName = stage[0]?.stageName ?? '';
  const category = stage[0]?.input?.actionTypeId?.category ?? '';
  const failedIn = stage.filter(({ status }) => status === 'Failed').map(({ actionName }) => actionName);
  const where = category === 'Deploy' ? ` in ${failedIn.join(', ')}` : '';
  return {
    subject: `[Slipway] ${pipeline}: ${stageName} failed${where}`.slice(0, 99),
    message: [
      `${stageName} failed${where}.`,
      '',
      `Commit: ${commit === undefined ? 'none was read' : `${commit.id} ${commit.subject}`.trim()}`,
      ...(found ?? stage.map(stateLine)),
      '',
      ...nextSteps(category, stage),
      '',
      `To retry the stage:`,
      `  aws codepipeline retry-stage-execution --region ${region} --pipeline-name ${pipeline} \\`,
      `    --stage-name ${stageName} --pipeline-execution-id ${execution} --retry-mode FAILED_ACTIONS`,
      `Console: https://${region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/${pipeline}/executions/${execution}/timeline?region=${region}`,
    ].join('\n'),
  };
}

const states: Readonly<Record<string, string>> = {
  Succeeded: 'succeeded',
  Failed: 'failed',
  InProgress: 'is still running',
  Abandoned: 'was abandoned',
};

/** `us-west-2: failed: The deployment …` */
function stateLine({ actionName, status, output }: ActionExecutionDetail): string {
  const { errorDetails, externalExecutionSummary } = output?.executionResult ?? {};
  const reason = status === 'Failed' ? (errorDetails?.message ?? externalExecutionSummary) : undefined;
  return [actionName, states[status ?? ''] ?? status, ...(reason === undefined ? [] : [reason])].join(': ');
}

/** What runs now, and what a person should do. */
function nextSteps(category: string, stage: readonly ActionExecutionDetail[]): readonly string[] {
  if (category === 'Approval')
    return ['Production stays as it was. To be asked again, retry the stage or push a new commit.'];
  if (category !== 'Deploy') return ['Nothing was deployed. Push a commit that fixes it.'];
  const names = (status: string): string =>
    stage.flatMap(({ status: of, actionName }) => (of === status ? [actionName ?? ''] : [])).join(', ');
  const [failed, succeeded] = [names('Failed'), names('Succeeded')];
  const environment = environmentNamed(stage[0]?.input?.configuration?.ServiceName) ?? 'the service';
  return [
    `In ${failed} the circuit breaker rolls ${environment} back to the previous version.`,
    ...(succeeded === '' ? [] : [`In ${succeeded} this commit runs in ${environment}.`]),
    ...(environment === 'production' ? [] : ['Production was not touched.']),
    `Look at the log of ${environment} in ${failed}, then push a commit that fixes or reverts this one.`,
  ];
}
