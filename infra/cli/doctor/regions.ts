import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CodeCommitClient, ListRepositoriesCommand } from '@aws-sdk/client-codecommit';
import { DescribeRegionsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { DescribeLoadBalancersCommand, ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2';
import { zonesOf } from '../../../lambdas/aws/zones.ts';
import { allResources } from '../../../lambdas/resources/all.ts';
import { accountQuotaProblems, accountRegion, regionQuotaProblems } from '../../../lambdas/resources/quotas.ts';
import type { RegionConfig } from '../../../workflow/config.ts';
import type { Input } from '../../../workflow/input.ts';
import { chooseZones, knownRegions } from '../../../workflow/regions.ts';
import { resolveConfig } from '../../../workflow/resolve-config.ts';
import { kinds } from '../../../workflow/stages.ts';
import { readStack } from '../deploy/stack.ts';
import { type Check, fine, problem, unknown } from './check.ts';

const enabledRegions: Check = {
  name: 'enabled regions',
  stopsDeploy: true,
  run: async ({ home, regions }) => {
    const { Regions = [] } = await home.client(EC2Client).send(new DescribeRegionsCommand({ AllRegions: true }));
    const status = new Map(Regions.map(({ RegionName, OptInStatus }) => [RegionName, OptInStatus]));
    const names = regions.map(({ scope }) => scope.region);
    const off = names.filter((name) => (status.get(name) ?? 'not-opted-in') === 'not-opted-in');
    return off.length === 0
      ? fine(names.join(', '))
      : problem(`not enabled: ${off.join(', ')}`, 'enable them (Account settings → AWS Regions), or leave them out');
  },
};

const regionList: Check = {
  name: 'list of regions',
  stopsDeploy: false,
  run: async ({ home }) => {
    const { Regions = [] } = await home.client(EC2Client).send(new DescribeRegionsCommand({ AllRegions: true }));
    const all = Regions.flatMap(({ RegionName }) => RegionName ?? []);
    const gone = knownRegions.filter((name) => !all.includes(name));
    return gone.length === 0
      ? fine(`EC2 knows all ${knownRegions.length} regions of workflow/regions.ts`)
      : unknown(`EC2 does not know ${gone.join(', ')}, which workflow/regions.ts lists`);
  },
};

const quotas: Check = {
  name: 'quotas',
  stopsDeploy: true,
  run: async ({ home, input, regionNamed }) => {
    if ((await readStack(home)) !== undefined)
      return unknown('a provisioner exists: what is in use may be its own; every plan checks the quotas');
    const zones = await Promise.all(
      input.regions.map(async ({ region }) => [region, await zonesOf(regionNamed(region))] as const),
    );
    const chosen = zones.map(([region, all]) => [region, chooseZones(all, {}, input.zoneCount)] as const);
    const all = await Promise.all(
      newPlatform(input, Object.fromEntries(chosen)).map(async (config) => {
        const creations = limitedKinds.flatMap((kind) =>
          allResources[kind].specs(config).map(({ key }) => ({ kind, key })),
        );
        return { creations, problems: await regionQuotaProblems(regionNamed(config.region), config, creations) };
      }),
    );
    const problems = [
      ...all.flatMap((each) => each.problems),
      ...(await accountQuotaProblems(
        regionNamed(accountRegion),
        all.flatMap(({ creations }) => creations),
      )),
    ];
    return problems.length === 0
      ? fine('room for a platform in each region')
      : problem(problems.join('; '), 'raise them in the Service Quotas console, or remove what is not needed');
  },
};

const limitedKinds = kinds.filter((kind) => allResources[kind].quota !== undefined);

/** What a first run would build; no quota depends on what can only be looked up elsewhere. */
const newPlatform = (input: Input, zones: Readonly<Record<string, readonly string[]>>): readonly RegionConfig[] =>
  resolveConfig(input, {
    account: '',
    partition: 'aws',
    homeRegion: '',
    zones,
    image: { base: '', tag: '', digest: '' },
    permissionsBoundaryArn: '',
  });

const codeCommit: Check = {
  name: 'CodeCommit',
  stopsDeploy: true,
  run: async ({ regions: [primary], input: { pipeline } }) => {
    if (pipeline.source !== undefined) return fine('not needed: the input brings a repository of its own');
    if (primary === undefined) return unknown('the input names no region');
    try {
      const { repositories = [] } = await primary.client(CodeCommitClient).send(new ListRepositoriesCommand({}));
      return repositories.length > 0
        ? fine(`the account has repositories in ${primary.scope.region}`)
        : unknown('the account has no repository yet: the Pipeline stage shows whether it may make one');
    } catch (error) {
      // "… because there is no existing repository in this AWS account or AWS Organization"
      if (error instanceof Error && error.name === 'OperationNotAllowedException')
        return problem(error.message, 'ask AWS Support to open CodeCommit for the account');
      throw error;
    }
  },
};

const loadBalancers: Check = {
  name: 'load balancers',
  stopsDeploy: false,
  run: async ({ regions }) => {
    const found = await Promise.all(
      regions.map(async ({ client, scope }) => {
        const { LoadBalancers = [] } = await client(ElasticLoadBalancingV2Client).send(
          new DescribeLoadBalancersCommand({ PageSize: 1 }),
        );
        return LoadBalancers.length > 0 ? [scope.region] : [];
      }),
    );
    const regionsWithOne = found.flat();
    return regionsWithOne.length > 0
      ? fine(`the account has some in ${regionsWithOne.join(', ')}`)
      : unknown(
          'the account has none: where AWS has not cleared a new account for load balancers, the ALB stage says so (OperationNotPermitted: ask AWS Support)',
        );
  },
};

const absentLogGroups: Check = {
  name: 'log groups by name',
  stopsDeploy: false,
  run: async ({ home }) => {
    const { logGroups = [] } = await home
      .client(CloudWatchLogsClient)
      .send(new DescribeLogGroupsCommand({ logGroupIdentifiers: ['/slipway/doctor/absent'] }));
    return logGroups.length === 0
      ? fine('DescribeLogGroups leaves out a name that does not exist')
      : unknown(`DescribeLogGroups answers ${logGroups.length} groups to a name that does not exist`);
  },
};

export const regionChecks = [enabledRegions, regionList, quotas, codeCommit, loadBalancers, absentLogGroups] as const;
