import type { RegionConfig } from '../../workflow/config.ts';
import { type Environment, environments, environmentTitle, pathOf } from '../../workflow/environments.ts';
import { clusterName } from '../../workflow/names.ts';
import { ref } from './resource.ts';

export interface PipelineStage {
  readonly name: string;
  readonly actions: readonly PipelineAction[];
}

export interface PipelineAction {
  readonly name: string;
  readonly category: string;
  readonly provider: string;
  readonly region: string;
  readonly runOrder: number;
  readonly configuration: Readonly<Record<string, string>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly namespace: string | undefined;
  readonly timeoutMinutes: number | undefined;
}

/** Stage names that others refer to: the transition into Build is what is held until production stands. */
export const heldStage = 'Build';

/** Source → build → staging → approval → production, as drawn; deployments in all regions side by side. */
export function stagesOf(config: RegionConfig): PipelineStage[] {
  const action = (given: Partial<PipelineAction> & Pick<PipelineAction, 'name' | 'category' | 'provider'>) => ({
    region: config.region,
    runOrder: 1,
    configuration: {},
    inputs: [],
    outputs: [],
    namespace: undefined,
    timeoutMinutes: undefined,
    ...given,
  });
  const deploy = (environment: Environment): PipelineStage => ({
    name: `Deploy${environmentTitle(environment)}`,
    actions: config.regions.map((region) =>
      action({
        name: region,
        category: 'Deploy',
        provider: 'ECS',
        region,
        inputs: ['BuildOutput'],
        configuration: {
          ClusterName: clusterName(config),
          ServiceName: environment,
          FileName: `imagedefinitions-${region}.json`,
          // Minutes. The default is 60; the services' circuit breakers give up long before.
          DeploymentTimeout: '30',
        },
      }),
    ),
  });
  const tried = environments.filter((environment) => environment !== 'production');
  const shown = tried.at(-1) ?? 'production';
  return [
    {
      name: 'Source',
      actions: [
        action({
          ...sourceOf(config),
          category: 'Source',
          outputs: ['SourceOutput'],
          namespace: 'Source',
        }),
      ],
    },
    {
      name: heldStage,
      actions: [
        action({
          name: 'CodeBuild',
          category: 'Build',
          provider: 'CodeBuild',
          inputs: ['SourceOutput'],
          outputs: ['BuildOutput'],
          configuration: { ProjectName: ref('build-project', 'main') },
        }),
      ],
    },
    ...tried.map(deploy),
    {
      name: 'Approval',
      actions: [
        action({
          name: 'ReleaseToProduction',
          category: 'Approval',
          provider: 'Manual',
          // 3 days, a weekend and a day (5 to 86,400 are allowed, 7 days is the default): later runs wait behind it.
          timeoutMinutes: 3 * 24 * 60,
          configuration: {
            NotificationArn: ref('topic', 'approvals'),
            CustomData: `Release commit #{Source.CommitId} of ${config.deployment} to production in ${config.regions.join(', ')}? It runs in ${tried.join(' and ')}.`,
            ExternalEntityLink: `http://${ref('load-balancer', 'main', 'dnsName')}${pathOf(shown)}`,
          },
        }),
      ],
    },
    deploy('production'),
  ];
}

function sourceOf({
  pipeline: { branch, source },
}: RegionConfig): Pick<PipelineAction, 'name' | 'provider' | 'configuration'> {
  const common = { BranchName: branch, OutputArtifactFormat: 'CODE_ZIP' };
  if (source === undefined)
    return {
      name: 'CodeCommit',
      provider: 'CodeCommit',
      configuration: {
        ...common,
        RepositoryName: ref('source-repository', 'main', 'name'),
        // An event starts it (source-trigger.ts); AWS switches polling pipelines off.
        PollForSourceChanges: 'false',
      },
    };
  return {
    name: 'CodeConnections',
    provider: 'CodeStarSourceConnection',
    configuration: {
      ...common,
      ConnectionArn: source.connectionArn,
      FullRepositoryId: source.repository,
      // The connection hears of pushes itself.
      DetectChanges: 'true',
    },
  };
}
