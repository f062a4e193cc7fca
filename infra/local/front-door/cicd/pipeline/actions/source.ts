import { setTimeout as sleep } from 'node:timers/promises';
import { type Parameters, ServiceError, text } from '../../../call.ts';
import { putArtifact } from '../artifacts.ts';
import { type ActionContext, ActionFailure, type ActionResult } from '../pipeline-runs.ts';
import type { ActionTools } from './tools.ts';

/** Assumption: an action that reads a repository of a few files is done in about this time on AWS. */
const sourceSeconds = 10;

/** The branch's newest commit, as a zip in the artifact bucket. */
export async function readSource(context: ActionContext, { caller, clock }: ActionTools): Promise<ActionResult> {
  await sleep(clock.milliseconds(sourceSeconds));
  context.signal.throwIfAborted();
  const { RepositoryName: repositoryName = '', BranchName: branchName = '' } = context.configuration;
  const { region } = context.record.action;
  const ask = (action: string, parameters: object): Promise<Parameters> =>
    caller.json('codecommit', action, region, { repositoryName, ...parameters });

  const { branch } = await ask('GetBranch', { branchName }).catch((error: unknown) => {
    if (!(error instanceof ServiceError)) throw error;
    if (error.code === 'BranchDoesNotExistException')
      throw new ActionFailure(
        'ConfigurationError',
        `The action failed because no branch named ${branchName} was found in the selected AWS CodeCommit repository ${repositoryName}. Make sure you are using the correct branch name, and then try again.`,
      );
    throw new ActionFailure('PermissionError', error.message);
  });
  const commitId = text(branch as Parameters, 'commitId') ?? '';
  const { commit } = await ask('GetCommit', { commitId });
  const {
    message = '',
    author,
    committer,
  } = commit as {
    message?: string;
    author: { date: string };
    committer: { date: string };
  };
  const { archive } = await ask('UploadArchive', { commitId });
  const revision = { id: commitId, summary: message.trim() };
  context.record.external = { id: commitId };
  return {
    outputs: [await putArtifact(context, caller, Buffer.from(String(archive), 'base64'), revision)],
    variables: {
      RepositoryName: repositoryName,
      BranchName: branchName,
      AuthorDate: isoDate(author.date),
      CommitterDate: isoDate(committer.date),
      CommitId: commitId,
      CommitMessage: message,
    },
  };
}

/** git's raw date (epoch seconds and zone) as CodePipeline's variables show it. */
const isoDate = (raw: string): string => new Date(Number(raw.split(' ')[0]) * 1000).toISOString().replace('.000', '');
