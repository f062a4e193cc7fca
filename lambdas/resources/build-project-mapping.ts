import type { CacheMode, Project } from '@aws-sdk/client-codebuild';
import type { Found } from './resource.ts';

export interface BuildProjectSpec {
  readonly name: string;
  readonly settings: BuildSettings;
  /** What buildspec.yml is told; nothing secret, CodeBuild shows it to everybody who may see the project. */
  readonly variables: Readonly<Record<string, string>>;
}

export interface BuildSettings {
  readonly description: string;
  readonly roleArn: string;
  /** CodePipeline hands in the source and takes the artifacts; a mirror fetches by itself. */
  readonly source: string;
  readonly artifacts: string;
  readonly buildspec: string;
  readonly environmentType: string;
  readonly image: string;
  readonly computeType: string;
  /** Docker builds need it. */
  readonly privileged: boolean;
  /** Undefined: not written to CloudWatch Logs. */
  readonly logGroup: string | undefined;
  readonly timeoutMinutes: number;
  readonly queuedTimeoutMinutes: number;
  /** What the machine of an earlier build may have cached; empty: every build starts afresh. */
  readonly cacheModes: readonly string[];
}

export interface BuildProjectFound extends Found {
  readonly arn: string;
  readonly settings: BuildSettings;
  readonly variables: Readonly<Record<string, string>>;
}

/** The whole project: UpdateProject leaves alone what it is not given, so both calls give everything. */
export const declaration = ({ name, settings, variables }: BuildProjectSpec) => ({
  name,
  description: settings.description,
  serviceRole: settings.roleArn,
  source: { type: settings.source as 'CODEPIPELINE', buildspec: settings.buildspec },
  artifacts: { type: settings.artifacts as 'CODEPIPELINE' },
  environment: {
    type: settings.environmentType as 'LINUX_CONTAINER',
    image: settings.image,
    computeType: settings.computeType as 'BUILD_GENERAL1_SMALL',
    privilegedMode: settings.privileged,
    environmentVariables: Object.entries(variables).map(([variable, value]) => ({
      name: variable,
      value,
      type: 'PLAINTEXT' as const,
    })),
  },
  logsConfig: {
    cloudWatchLogs:
      settings.logGroup === undefined
        ? { status: 'DISABLED' as const }
        : { status: 'ENABLED' as const, groupName: settings.logGroup },
  },
  timeoutInMinutes: settings.timeoutMinutes,
  queuedTimeoutInMinutes: settings.queuedTimeoutMinutes,
  cache:
    settings.cacheModes.length === 0
      ? { type: 'NO_CACHE' as const }
      : { type: 'LOCAL' as const, modes: [...settings.cacheModes] as CacheMode[] },
});

export function toFound(owned: Pick<Found, 'key' | 'tags'>, seen: Project): BuildProjectFound {
  const logs = seen.logsConfig?.cloudWatchLogs;
  return {
    ...owned,
    id: seen.name ?? '',
    arn: seen.arn ?? '',
    settings: {
      description: seen.description ?? '',
      roleArn: seen.serviceRole ?? '',
      source: seen.source?.type ?? '',
      artifacts: seen.artifacts?.type ?? '',
      buildspec: seen.source?.buildspec ?? '',
      environmentType: seen.environment?.type ?? '',
      image: seen.environment?.image ?? '',
      computeType: seen.environment?.computeType ?? '',
      privileged: seen.environment?.privilegedMode ?? false,
      logGroup: logs?.status === 'ENABLED' ? logs.groupName : undefined,
      timeoutMinutes: seen.timeoutInMinutes ?? 0,
      queuedTimeoutMinutes: seen.queuedTimeoutInMinutes ?? 0,
      cacheModes: seen.cache?.modes ?? (seen.cache?.type === 'S3' ? ['S3'] : []),
    },
    variables: Object.fromEntries(
      (seen.environment?.environmentVariables ?? []).map(({ name, value }) => [name ?? '', value ?? '']),
    ),
  };
}
