import { setTimeout as sleep } from 'node:timers/promises';
import { account } from '../../../../paths.ts';
import { type Parameters, structures, text } from '../../../call.ts';
import { consoleUrl } from '../../role-caller.ts';
import { artifactKey, bucketOf } from '../artifacts.ts';
import type { Artifact } from '../execution.ts';
import { type ActionContext, ActionFailure, type ActionResult } from '../pipeline-runs.ts';
import type { ActionTools } from './tools.ts';

const pollMilliseconds = 300;

/** Starts a build of the project with the input artifact as source, and waits for its end. */
export async function build(context: ActionContext, { caller }: ActionTools): Promise<ActionResult> {
  const { record, structure, configuration, signal } = context;
  const { action } = record;
  const [source] = record.inputs;
  if (source === undefined) throw new ActionFailure('ConfigurationError', 'the action has no input artifact');
  const bucket = bucketOf(context, action.region);
  const outputs = action.outputs.map(
    (name): Artifact => ({
      name,
      key: artifactKey(structure.name, name),
      regions: new Set([action.region]),
      ...(source.revision === undefined ? {} : { revision: source.revision }),
    }),
  );
  const variables = JSON.parse(configuration.EnvironmentVariables ?? '[]') as object[];
  const started = await caller.json('codebuild', 'StartBuild', action.region, {
    projectName: configuration.ProjectName,
    sourceVersion: `arn:aws:s3:::${bucket}/${source.key}`,
    environmentVariablesOverride: variables,
    // What CodePipeline hands over besides: no parameter of the public API says it.
    codePipeline: {
      initiator: `codepipeline/${structure.name}`,
      source: { bucket, key: source.key },
      artifacts: outputs.map(({ key }) => ({ bucket, key })),
      resolvedSourceVersion: source.revision?.id,
    },
  });
  const id = text(started.build as Parameters, 'id') ?? '';
  record.external = {
    id,
    url: consoleUrl(
      'codesuite',
      action.region,
      `codebuild/${account}/projects/${configuration.ProjectName}/build/${encodeURIComponent(id)}`,
    ),
  };
  for (;;) {
    signal.throwIfAborted();
    const [now = {}] = structures(
      await caller.json('codebuild', 'BatchGetBuilds', action.region, { ids: [id] }),
      'builds',
    );
    const status = text(now, 'buildStatus');
    if (status === 'SUCCEEDED') {
      const exported = structures(now, 'exportedEnvironmentVariables');
      return {
        outputs,
        variables: Object.fromEntries(exported.map((given) => [text(given, 'name') ?? '', text(given, 'value') ?? ''])),
      };
    }
    if (status !== 'IN_PROGRESS') throw new ActionFailure('JobFailed', failureOf(now, status));
    await sleep(pollMilliseconds);
  }
}

function failureOf(build: Parameters, status: string | undefined): string {
  const failed = structures(build, 'phases').find((phase) => {
    const result = text(phase, 'phaseStatus');
    return result !== undefined && result !== 'SUCCEEDED';
  });
  const [reason = {}] = failed === undefined ? [] : structures(failed, 'contexts');
  return [
    `Build terminated with state: ${status}`,
    failed === undefined ? undefined : `Phase: ${text(failed, 'phaseType')}`,
    text(reason, 'statusCode') === undefined ? undefined : `Code: ${text(reason, 'statusCode')}`,
    text(reason, 'message') === undefined ? undefined : `Message: ${text(reason, 'message')}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}
