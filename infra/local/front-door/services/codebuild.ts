import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { account } from '../../paths.ts';
import { type Handlers, type Interceptor, type Parameters, ServiceError, structures, text, texts } from '../call.ts';
import { unzip } from '../cicd/build/artifacts.ts';
import { buildEnvironment } from '../cicd/build/environment.ts';
import { LogStream } from '../cicd/build/log-stream.ts';
import { BuildRun, type PhaseRecord } from '../cicd/build/run-build.ts';
import type { Publish } from '../cicd/events.ts';
import { consoleUrl, RoleCaller } from '../cicd/role-caller.ts';
import { remembered } from '../emulator.ts';
import { jsonService } from './json-service.ts';

interface Build {
  readonly id: string;
  readonly arn: string;
  readonly number: number;
  readonly project: Parameters;
  readonly handover: Handover;
  readonly sourceVersion: string;
  readonly logs: { readonly groupName: string; readonly streamName: string };
  readonly started: number;
  readonly phases: PhaseRecord[];
  run: BuildRun | undefined;
  ended?: number;
  status: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'TIMED_OUT';
  exported: Readonly<Record<string, string>>;
}

/** What CodePipeline says beside StartBuild's own parameters. */
interface Handover {
  readonly initiator: string;
  readonly source: { readonly bucket: string; readonly key: string };
  readonly artifacts: readonly { readonly bucket: string; readonly key: string }[];
  readonly resolvedSourceVersion: string;
}

interface State {
  readonly region: string;
  /** As they were declared, by name. */
  readonly projects: Map<string, Parameters>;
  /** Newest first. */
  readonly builds: Build[];
}

interface Surroundings {
  /** Where builds work. */
  readonly directory: string;
  readonly imageCache: string;
  readonly virtualEnvironment: string;
  readonly port: number;
  readonly publish: Publish;
  readonly log: (line: string) => void;
}

/** CodeBuild's default. */
const defaultTimeoutMinutes = 60;

/** CodeBuild's builds; its projects are the emulator's, and listened to as they are declared. See README.md, "Code services". */
export function codebuild(surroundings: Surroundings): Handlers {
  const states = new Map<string, State>();
  const stateOf = (region: string): State =>
    remembered(states, region, () => ({ region, projects: new Map<string, Parameters>(), builds: [] }));

  const declared: Interceptor = async (call, next) => {
    const reply = await next(call);
    const { projects } = stateOf(call.region);
    const name = text(call.parameters, 'name') ?? '';
    if (reply.status < 300) projects.set(name, { ...projects.get(name), ...call.parameters });
    return reply;
  };
  const deleted: Interceptor = async (call, next) => {
    stateOf(call.region).projects.delete(text(call.parameters, 'name') ?? '');
    return next(call);
  };

  const operations = jsonService<State>('codebuild', stateOf, {
    StartBuild: (parameters, state) => {
      const name = text(parameters, 'projectName') ?? '';
      const project = state.projects.get(name);
      if (project === undefined)
        throw new ServiceError('ResourceNotFoundException', `Project cannot be found: ${name}`);
      const handover = parameters.codePipeline as Handover | undefined;
      if (handover === undefined)
        throw new ServiceError(
          'InvalidInputException',
          'the local cloud builds what a pipeline hands over, and nothing else',
        );
      const uuid = randomUUID();
      const number = 1 + state.builds.filter((seen) => seen.project.name === name).length;
      const build: Build = {
        id: `${name}:${uuid}`,
        arn: `arn:aws:codebuild:${state.region}:${account}:build/${name}:${uuid}`,
        number,
        project: { ...project, extraVariables: parameters.environmentVariablesOverride },
        handover,
        sourceVersion: text(parameters, 'sourceVersion') ?? '',
        logs: { groupName: logGroupOf(project) ?? `/aws/codebuild/${name}`, streamName: uuid },
        started: Date.now(),
        phases: [],
        run: undefined,
        status: 'IN_PROGRESS',
        exported: {},
      };
      state.builds.unshift(build);
      void run(build, state.region, surroundings);
      return { build: shown(build, state.region) };
    },
    BatchGetBuilds: (parameters, state) => {
      const ids = texts(parameters, 'ids');
      const found = state.builds.filter(({ id, arn }) => ids.includes(id) || ids.includes(arn));
      return {
        builds: found.map((build) => shown(build, state.region)),
        buildsNotFound: ids.filter((id) => !found.some((build) => build.id === id || build.arn === id)),
      };
    },
    ListBuildsForProject: (parameters, state) => ({
      ids: state.builds.filter(({ project }) => project.name === parameters.projectName).map(({ id }) => id),
    }),
    StopBuild: (parameters, state) => {
      const id = text(parameters, 'id');
      const build = state.builds.find((seen) => seen.id === id);
      if (build === undefined) throw new ServiceError('ResourceNotFoundException', `Build cannot be found: ${id}`);
      build.run?.end('STOPPED');
      return { build: shown(build, state.region) };
    },
  });
  return {
    ...operations,
    'codebuild:CreateProject': declared,
    'codebuild:UpdateProject': declared,
    'codebuild:DeleteProject': deleted,
  };
}

function logGroupOf(project: Parameters): string | undefined {
  const logs = (project.logsConfig as Parameters | undefined)?.cloudWatchLogs as Parameters | undefined;
  return logs === undefined ? undefined : text(logs, 'groupName');
}

const variablesOf = (list: readonly Parameters[]): Record<string, string> =>
  Object.fromEntries(list.map((given) => [text(given, 'name') ?? '', text(given, 'value') ?? '']));

async function run(build: Build, region: string, surroundings: Surroundings): Promise<void> {
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
    const machine = (project.environment ?? {}) as Parameters;
    const source = (project.source ?? {}) as Parameters;
    build.run = new BuildRun({
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
        const { bucket, key } = handover.source;
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        await unzip(Buffer.from((await Body?.transformToByteArray()) ?? []), into);
      },
      upload: async (artifacts) => {
        for (const { bucket, key } of handover.artifacts)
          await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: artifacts }));
      },
      log: (line) => stream.write(line),
      phase: (record) => build.phases.push(record),
    });
    // In real time: the work is real too.
    timer = setTimeout(() => build.run?.end('TIMED_OUT'), minutes * 60_000);
    const { succeeded, exported } = await build.run.run();
    build.exported = exported;
    build.status = succeeded
      ? 'SUCCEEDED'
      : (build.phases.find(({ status }) => status !== 'SUCCEEDED')?.status ?? 'FAILED');
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
}

const logLink = ({ logs }: Build, region: string): string =>
  consoleUrl(
    'cloudwatch',
    region,
    `home#logsV2:log-groups/log-group/${encodeURIComponent(logs.groupName)}/log-events/${logs.streamName}`,
  );

const phaseShown = ({ name, started, ended, status, problem }: PhaseRecord): unknown => ({
  phaseType: name,
  phaseStatus: status,
  startTime: started / 1000,
  ...(ended === undefined ? {} : { endTime: ended / 1000, durationInSeconds: Math.round((ended - started) / 1000) }),
  contexts: problem === undefined ? [] : [{ statusCode: problem.code, message: problem.message }],
});

const shown = (build: Build, region: string): Parameters => ({
  id: build.id,
  arn: build.arn,
  buildNumber: build.number,
  projectName: build.project.name,
  buildStatus: build.status,
  buildComplete: build.ended !== undefined,
  currentPhase: build.ended === undefined ? (build.phases.at(-1)?.name ?? 'SUBMITTED') : 'COMPLETED',
  startTime: build.started / 1000,
  ...(build.ended === undefined ? {} : { endTime: build.ended / 1000 }),
  initiator: build.handover.initiator,
  serviceRole: build.project.serviceRole,
  sourceVersion: build.sourceVersion,
  resolvedSourceVersion: build.handover.resolvedSourceVersion,
  source: build.project.source,
  environment: build.project.environment,
  timeoutInMinutes: build.project.timeoutInMinutes,
  phases: build.phases.map(phaseShown),
  exportedEnvironmentVariables: Object.entries(build.exported).map(([name, value]) => ({ name, value })),
  logs: { ...build.logs, deepLink: logLink(build, region) },
});

/** CodeBuild user guide, "Build notifications input format reference". */
const stateChange = (build: Build, region: string): object => ({
  'build-status': build.status,
  'project-name': build.project.name,
  'build-id': build.arn,
  'current-phase': 'COMPLETED',
  version: '1',
  'additional-information': {
    initiator: build.handover.initiator,
    'build-number': build.number,
    'build-complete': true,
    'source-version': build.sourceVersion,
    logs: {
      'group-name': build.logs.groupName,
      'stream-name': build.logs.streamName,
      'deep-link': logLink(build, region),
    },
    phases: build.phases.map(({ name, status, problem }) => ({
      'phase-type': name,
      'phase-status': status,
      'phase-context': problem === undefined ? [] : [`${problem.code}: ${problem.message}`],
    })),
  },
});
