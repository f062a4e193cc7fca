import { randomUUID } from 'node:crypto';
import { account } from '../../paths.ts';
import { type Handlers, type Interceptor, type Parameters, ServiceError, text, texts } from '../call.ts';
import { type Build, type Handover, shown } from '../cicd/build/build.ts';
import { carryOut, type Surroundings } from '../cicd/build/carry-out.ts';
import { remembered } from '../memo.ts';
import { jsonService } from './json-service.ts';

interface State {
  readonly region: string;
  /** As they were declared, by name. */
  readonly projects: Map<string, Parameters>;
  /** Newest first. */
  readonly builds: Build[];
}

const lastPart = (arn: string): string => arn.split('/').at(-1) ?? '';

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
      const source = text((project.source ?? {}) as Parameters, 'type');
      const handover =
        source === 'NO_SOURCE'
          ? { initiator: 'rule', artifacts: [], resolvedSourceVersion: '' }
          : (parameters.codePipeline as Handover | undefined);
      if (handover === undefined)
        throw new ServiceError(
          'InvalidInputException',
          'the local cloud builds what a pipeline hands over, or what has no source',
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
        reports: new Set(),
        ending: new AbortController(),
        status: 'IN_PROGRESS',
        exported: {},
      };
      state.builds.unshift(build);
      void carryOut(build, state.region, surroundings);
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
    BatchGetReportGroups: (parameters, state) => {
      const known = (arn: string): boolean => state.builds.some(({ reports }) => reports.has(lastPart(arn)));
      const arns = texts(parameters, 'reportGroupArns');
      return {
        reportGroups: arns.filter(known).map((arn) => ({ arn, name: lastPart(arn), type: 'TEST', status: 'ACTIVE' })),
        reportGroupsNotFound: arns.filter((arn) => !known(arn)),
      };
    },
    DeleteReportGroup: (parameters, state) => {
      for (const { reports } of state.builds) reports.delete(lastPart(text(parameters, 'arn') ?? ''));
      return {};
    },
    StopBuild: (parameters, state) => {
      const id = text(parameters, 'id');
      const build = state.builds.find((seen) => seen.id === id);
      if (build === undefined) throw new ServiceError('ResourceNotFoundException', `Build cannot be found: ${id}`);
      build.ending.abort('STOPPED');
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
