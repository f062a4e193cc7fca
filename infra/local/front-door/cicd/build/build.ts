import type { Parameters } from '../../call.ts';
import { consoleUrl } from '../role-caller.ts';
import type { PhaseRecord } from './run-build.ts';

/** One build, as it goes on. */
export interface Build {
  readonly id: string;
  readonly arn: string;
  readonly number: number;
  readonly project: Parameters;
  readonly handover: Handover;
  readonly sourceVersion: string;
  readonly logs: { readonly groupName: string; readonly streamName: string };
  readonly started: number;
  readonly phases: PhaseRecord[];
  /** Names of the report groups that it reported to. */
  readonly reports: Set<string>;
  /** Aborted with the status that the build is to end with. */
  readonly ending: AbortController;
  ended?: number;
  status: 'IN_PROGRESS' | 'SUCCEEDED' | 'FAILED' | 'STOPPED' | 'TIMED_OUT';
  exported: Readonly<Record<string, string>>;
}

/** What CodePipeline says beside StartBuild's own parameters. */
export interface Handover {
  readonly initiator: string;
  /** Absent: a build without a source, by the specification that stands in its project. */
  readonly source?: { readonly bucket: string; readonly key: string };
  readonly artifacts: readonly { readonly bucket: string; readonly key: string }[];
  readonly resolvedSourceVersion: string;
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

/** The build as the API shows it. */
export const shown = (build: Build, region: string): Parameters => ({
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
export const stateChange = (build: Build, region: string): object => ({
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
