import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { type Parameters, structures, text } from '../../call.ts';
import type { Publish } from '../events.ts';
import { RoleCaller } from '../role-caller.ts';
import { unzip } from './artifacts.ts';
import { type Build, stateChange } from './build.ts';
import { buildEnvironment } from './environment.ts';
import { LogStream } from './log-stream.ts';
import { BuildRun } from './run-build.ts';

export interface Surroundings {
  /** Where builds work. */
  readonly directory: string;
  readonly imageCache: string;
  readonly virtualEnvironment: string;
  readonly port: number;
  readonly publish: Publish;
  /** Adds to the project's metric of failed builds. */
  readonly countFailure: (region: string, project: string) => Promise<void>;
  readonly log: (line: string) => void;
}

/** CodeBuild's default. */
const defaultTimeoutMinutes = 60;

const variablesOf = (list: readonly Parameters[]): Record<string, string> =>
  Object.fromEntries(list.map((given) => [text(given, 'name') ?? '', text(given, 'value') ?? '']));

/** Numbers of test cases in JUnit's XML. */
function casesIn(files: readonly string[]): { readonly all: number; readonly failed: number } {
  const count = (tag: RegExp): number => files.reduce((sum, text) => sum + (text.match(tag)?.length ?? 0), 0);
  return { all: count(/<testcase\b/g), failed: count(/<(failure|error)\b/g) };
}

/** As CodeBuild does: a build that may not make its log stream ends before it begins. Any other error only costs its log. */
function refuseWithoutLog({ arn, phases }: Build, serviceRole: string, error: Error): void {
  if (error.name !== 'AccessDeniedException') return;
  const message = `Service role ${serviceRole} does not allow AWS CodeBuild to create Amazon CloudWatch Logs log streams for build ${arn}. Error message: ${error.message}`;
  const now = Date.now();
  phases.push({
    name: 'QUEUED',
    started: now,
    ended: now,
    status: 'FAILED',
    problem: { code: 'ACCESS_DENIED', message },
  });
  throw new Error(message);
}

/** Carries a build out to its end, and publishes to EventBridge how it ended. */
export async function carryOut(build: Build, region: string, surroundings: Surroundings): Promise<void> {
  const { project, handover, logs } = build;
  const serviceRole = text(project, 'serviceRole') ?? '';
  const caller = new RoleCaller(surroundings.port, serviceRole);
  const s3 = caller.client(S3Client, region);
  const stream = new LogStream(caller.client(CloudWatchLogsClient, region), logs.groupName, logs.streamName, (error) =>
    surroundings.log(`${build.id}: no log: ${String(error)}`),
  );
  const directory = join(surroundings.directory, logs.streamName);
  const minutes = typeof project.timeoutInMinutes === 'number' ? project.timeoutInMinutes : defaultTimeoutMinutes;
  let timer: NodeJS.Timeout | undefined;
  try {
    await stream.made.catch((error: Error) => refuseWithoutLog(build, serviceRole, error));
    const machine = (project.environment ?? {}) as Parameters;
    const source = (project.source ?? {}) as Parameters;
    const run = new BuildRun({
      directory,
      buildspec: text(source, 'buildspec') ?? 'buildspec.yml',
      environment: {
        ...variablesOf(structures(machine, 'environmentVariables')),
        ...variablesOf(structures(project, 'extraVariables')),
        ...(await buildEnvironment({
          ...surroundings,
          directory,
          frontDoorPort: surroundings.port,
          region,
          serviceRole,
        })),
        CODEBUILD_BUILD_ARN: build.arn,
        CODEBUILD_BUILD_ID: build.id,
        CODEBUILD_BUILD_IMAGE: text(machine, 'image') ?? '',
        CODEBUILD_BUILD_NUMBER: String(build.number),
        CODEBUILD_INITIATOR: handover.initiator,
        CODEBUILD_LOG_PATH: logs.streamName,
        CODEBUILD_RESOLVED_SOURCE_VERSION: handover.resolvedSourceVersion,
        CODEBUILD_SOURCE_VERSION: build.sourceVersion,
        CODEBUILD_SRC_DIR: join(directory, 'src'),
        CODEBUILD_START_TIME: String(build.started),
      },
      download: async (into) => {
        if (handover.source === undefined) {
          await mkdir(into, { recursive: true });
          return;
        }
        const { bucket, key } = handover.source;
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        await unzip(Buffer.from((await Body?.transformToByteArray()) ?? []), into);
      },
      upload: async (artifacts) => {
        for (const { bucket, key } of handover.artifacts)
          await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: artifacts }));
      },
      report: (name, files) => {
        const { all, failed } = casesIn(files);
        stream.write(`[Container] Report ${text(project, 'name')}-${name}: ${all} test cases, ${failed} failed\n`);
        build.reports.add(`${text(project, 'name')}-${name}`);
      },
      log: (line) => stream.write(line),
      phase: (record) => build.phases.push(record),
      ending: build.ending.signal,
    });
    // In real time: the work is real too.
    timer = setTimeout(() => build.ending.abort('TIMED_OUT'), minutes * 60_000);
    const { succeeded, exported } = await run.run();
    build.exported = exported;
    build.status = succeeded ? 'SUCCEEDED' : (build.ending.signal.reason ?? 'FAILED');
  } catch (error) {
    surroundings.log(`${build.id}: ${String((error as Error)?.stack)}`);
    build.status = 'FAILED';
  } finally {
    clearTimeout(timer);
  }
  await stream.close();
  build.ended = Date.now();
  await rm(directory, { recursive: true, force: true });
  await surroundings
    .publish(region, {
      source: 'aws.codebuild',
      type: 'CodeBuild Build State Change',
      resources: [build.arn],
      detail: stateChange(build, region),
    })
    .catch((error: unknown) => surroundings.log(`${build.id}: no event: ${String(error)}`));
  if (build.status === 'FAILED' || build.status === 'TIMED_OUT')
    await surroundings
      .countFailure(region, text(project, 'name') ?? '')
      .catch((error: unknown) => surroundings.log(`${build.id}: no metric: ${String(error)}`));
}
