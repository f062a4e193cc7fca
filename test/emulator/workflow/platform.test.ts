import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { PipelineDeclaration } from '@aws-sdk/client-codepipeline';
import type { NatGateway, SecurityGroup, Subnet } from '@aws-sdk/client-ec2';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { platformInput } from '../../support/platform-input.ts';
import { only, type Platform, readPlatform } from '../../support/platform-reading.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';

/** What the diagrams write about each region. */
const drawn = {
  'us-east-1': { primary: true, octets: '10.0', zones: ['us-east-1a', 'us-east-1b'] },
  'us-west-2': { primary: false, octets: '10.1', zones: ['us-west-2a', 'us-west-2b'] },
} as const;
type Region = keyof typeof drawn;
type Drawn = (typeof drawn)[Region];

/** A line of architecture-diagrams.md, and what has to be found for it. */
type Row = readonly [line: string, check: (seen: Platform, asDrawn: Drawn) => unknown];

const provisioned = useProvisionedCloud();
const platforms = new Map<string, Platform>();

beforeAll(async () => {
  for (const [region, { octets }] of Object.entries(drawn))
    platforms.set(region, await readPlatform(provisioned().provisioner, 'platform', region, `${octets}.0.0/16`));
}, 120_000);

function platformIn(region: string): Platform {
  const platform = platforms.get(region);
  if (platform === undefined) throw new Error(`${region} was not read`);
  return platform;
}

interface Tag {
  Key?: string | undefined;
  Value?: string | undefined;
}

const tagged = (tags: readonly Tag[] | undefined, key: string): string | undefined =>
  tags?.find(({ Key }) => Key === key)?.Value;

function subnetOf({ subnets }: Platform, cidr: string): Subnet {
  return only(
    subnets.filter(({ CidrBlock }) => CidrBlock === cidr),
    `subnets ${cidr}`,
  );
}

const publicSubnets = (seen: Platform, { octets }: Drawn): Subnet[] =>
  [1, 2].map((number) => subnetOf(seen, `${octets}.${number}.0/24`));
const privateSubnets = (seen: Platform, { octets }: Drawn): Subnet[] =>
  [11, 12].map((number) => subnetOf(seen, `${octets}.${number}.0/24`));
const idsOf = (subnets: readonly Subnet[]): string[] => subnets.map(({ SubnetId }) => SubnetId ?? '').sort();

function natIn({ natGateways }: Platform, subnet: Subnet | undefined): NatGateway {
  return only(
    natGateways.filter(({ SubnetId }) => SubnetId === subnet?.SubnetId),
    `NAT gateways in ${subnet?.SubnetId}`,
  );
}

/** Where a subnet's route table sends what leaves the VPC. */
function wayOut({ routeTables }: Platform, subnet: Subnet | undefined): string | undefined {
  const table = only(
    routeTables.filter(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === subnet?.SubnetId)),
    `route tables of ${subnet?.SubnetId}`,
  );
  const route = only(
    table.Routes?.filter(({ DestinationCidrBlock }) => DestinationCidrBlock === '0.0.0.0/0'),
    `default routes of ${subnet?.SubnetId}`,
  );
  return route.NatGatewayId ?? route.GatewayId;
}

function group({ securityGroups }: Platform, name: string): SecurityGroup {
  return only(
    securityGroups.filter(({ GroupName }) => GroupName === name),
    `security groups ${name}`,
  );
}

/** Ingress as `protocol from-to source`, one a source. */
const ingressOf = ({ IpPermissions = [] }: SecurityGroup): string[] =>
  IpPermissions.flatMap(
    ({ IpProtocol, FromPort, ToPort, IpRanges = [], Ipv6Ranges = [], UserIdGroupPairs = [], PrefixListIds = [] }) =>
      [
        ...IpRanges.map(({ CidrIp }) => CidrIp),
        ...Ipv6Ranges.map(({ CidrIpv6 }) => CidrIpv6),
        ...UserIdGroupPairs.map(({ GroupId }) => GroupId),
        ...PrefixListIds.map(({ PrefixListId }) => PrefixListId),
      ].map((source) => `${IpProtocol} ${FromPort}-${ToPort} ${source}`),
  ).sort();

function alarm({ alarms }: Platform, name: string): MetricAlarm {
  const found = alarms.get(`platform-${name}`);
  if (found === undefined) throw new Error(`no alarm platform-${name}`);
  return found;
}

const dimensionsOf = ({ Dimensions = [] }: MetricAlarm): Record<string, string> =>
  Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name ?? '', Value ?? '']));

/** `targetgroup/…` or `app/…`, as CloudWatch names them. */
const suffixOf = (arn: string | undefined): string => (arn ?? '').replace(/^.*:(?:loadbalancer\/)?/, '');

const onService = { ClusterName: 'platform-cluster', ServiceName: 'production' };
function onTargets(seen: Platform): Record<string, string> {
  const production = seen.targetGroups.find(({ TargetGroupName }) => TargetGroupName === 'platform-production');
  return {
    LoadBalancer: suffixOf(seen.loadBalancer.LoadBalancerArn),
    TargetGroup: suffixOf(production?.TargetGroupArn),
  };
}

function actions({ roles }: Platform, role: string): string[] {
  return (roles.get(role)?.statements ?? []).flatMap(({ Effect, Action }) => {
    expect(Effect).toBe('Allow');
    return typeof Action === 'string' ? [Action] : [...Action];
  });
}

/** Only the primary region has it; the other must not. */
function primaryOnly<Part>(part: Part | undefined, { primary }: Drawn, check: (part: Part) => void): void {
  if (!primary) expect(part).toBeUndefined();
  else if (part === undefined) throw new Error('the primary region lacks it');
  else check(part);
}

function pipelineStage(pipeline: PipelineDeclaration, position: number) {
  const stage = pipeline.stages?.[position];
  if (stage === undefined) throw new Error(`the pipeline has no stage ${position + 1}`);
  return {
    name: stage.name,
    actions: (stage.actions ?? []).map((action) => ({
      name: action.name,
      category: action.actionTypeId?.category,
      provider: action.actionTypeId?.provider,
      configuration: action.configuration ?? {},
      region: action.region,
    })),
  };
}

const buildspec = (): Promise<string> => readFile(join(import.meta.dirname, '../../../buildspec.yml'), 'utf8');

const digestOf = (image: string | undefined): string => (image ?? '').split('@')[1] ?? '';

const overall: readonly Row[] = [
  ['VPC 10.0.0.0/16 │ VPC 10.1.0.0/16', ({ vpc }, { octets }) => expect(vpc.CidrBlock).toBe(`${octets}.0.0/16`)],
  [
    '[Internet Gateway]',
    ({ internetGateways, vpc }) => {
      const { Attachments } = only(internetGateways, 'internet gateways');
      expect(Attachments).toEqual([expect.objectContaining({ VpcId: vpc.VpcId, State: 'available' })]);
    },
  ],
  [
    'Public Subnets, AZ-a │ AZ-b',
    (seen, asDrawn) =>
      expect(publicSubnets(seen, asDrawn).map(({ AvailabilityZone }) => AvailabilityZone)).toEqual(asDrawn.zones),
  ],
  [
    'ALB │ ALB in the public subnets',
    (seen, asDrawn) =>
      expect(seen.loadBalancer.AvailabilityZones?.map(({ SubnetId }) => SubnetId).sort()).toEqual(
        idsOf(publicSubnets(seen, asDrawn)),
      ),
  ],
  [
    'NAT │ NAT in the public subnets',
    (seen, asDrawn) =>
      expect(seen.natGateways.map(({ SubnetId, State }) => [SubnetId, State]).sort()).toEqual(
        idsOf(publicSubnets(seen, asDrawn)).map((id) => [id, 'available']),
      ),
  ],
  [
    'Private Subnets, ECS Task 1 │ ECS Task 2',
    (seen, asDrawn) => {
      for (const { tasks } of seen.environments)
        expect(tasks.map(({ availabilityZone }) => availabilityZone).sort()).toEqual(asDrawn.zones);
    },
  ],
  [
    '• ECR Repository',
    ({ repository, account, region }) =>
      expect(repository.repositoryUri).toBe(`${account}.dkr.ecr.${region}.amazonaws.com/platform-app`),
  ],
  ['• ECS Cluster', ({ cluster }) => expect(cluster.status).toBe('ACTIVE')],
  [
    '• ECS Service',
    ({ environments }) => expect(environments.map(({ service }) => service.status)).toEqual(['ACTIVE', 'ACTIVE']),
  ],
  [
    '• CodeCommit │ CodeCommit (Replica)',
    ({ source, region }, { primary }) => {
      expect(source).toMatchObject({ repositoryName: 'platform-app' });
      expect(source.Arn).toContain(`:${region}:`);
      expect(source.repositoryDescription).toMatch(
        primary ? /^Source of the app/ : /^Replica of platform-app in us-east-1/,
      );
    },
  ],
  [
    '• CodeBuild (primary)',
    ({ buildProjects }, asDrawn) =>
      primaryOnly(buildProjects[0], asDrawn, ({ name }) => expect(name).toBe('platform-build')),
  ],
  [
    '• CodePipeline (primary)',
    ({ pipeline }, asDrawn) => primaryOnly(pipeline, asDrawn, ({ name }) => expect(name).toBe('platform-pipeline')),
  ],
  ['• CloudWatch', ({ logGroups }) => expect(logGroups.size).toBeGreaterThan(0)],
  ['• Alarms', ({ alarms }) => expect(alarms.size).toBe(5)],
  ['• Dashboards', ({ dashboard }) => expect(dashboard.widgets.length).toBeGreaterThan(0)],
  ['• SNS Topics', ({ alarmsTopic, region }) => expect(alarmsTopic?.arn).toContain(`:${region}:`)],
];

const delivery: readonly Row[] = [
  [
    '1. SOURCE STAGE: CodeCommit Repository ← Developer pushes code',
    ({ pipeline, source }, asDrawn) =>
      primaryOnly(pipeline, asDrawn, (declared) => {
        expect(pipelineStage(declared, 0)).toMatchObject({
          name: 'Source',
          actions: [
            {
              provider: 'CodeCommit',
              configuration: {
                RepositoryName: source.repositoryName,
                BranchName: 'main',
                PollForSourceChanges: 'false',
              },
            },
          ],
        });
        expect(source.cloneUrlHttp).toMatch(/platform-app$/);
      }),
  ],
  [
    '(Triggered by EventBridge)',
    ({ trigger, source, account, region, roles }, asDrawn) => {
      primaryOnly(trigger, asDrawn, ({ State, EventPattern, targets }) => {
        expect(State).toBe('ENABLED');
        expect(JSON.parse(EventPattern ?? '')).toMatchObject({
          source: ['aws.codecommit'],
          resources: [source.Arn],
          detail: { referenceName: ['main'] },
        });
        expect(targets.map(({ Arn }) => Arn)).toEqual([`arn:aws:codepipeline:${region}:${account}:platform-pipeline`]);
        expect([...roles.keys()]).toContain('events');
      });
    },
  ],
  [
    '2. BUILD STAGE: CodeBuild → Runs buildspec.yml',
    ({ pipeline, buildProjects }, asDrawn) =>
      primaryOnly(pipeline, asDrawn, (declared) => {
        expect(pipelineStage(declared, 1)).toMatchObject({
          name: 'Build',
          actions: [{ provider: 'CodeBuild', configuration: { ProjectName: 'platform-build' } }],
        });
        expect(buildProjects[0]).toMatchObject({ source: { type: 'CODEPIPELINE', buildspec: 'buildspec.yml' } });
      }),
  ],
  ['• npm install', async () => expect(await buildspec()).toMatch(/npm (ci|install)/)],
  ['• npm test', async () => expect(await buildspec()).toContain('npm test')],
  [
    '• docker build',
    async ({ buildProjects }, asDrawn) => {
      expect(await buildspec()).toContain('docker build');
      primaryOnly(buildProjects[0], asDrawn, ({ environment }) => expect(environment?.privilegedMode).toBe(true));
    },
  ],
  [
    '• docker push to ECR',
    async (seen, { primary }) => {
      expect(await buildspec()).toContain('docker push');
      if (primary) expect(actions(seen, 'build')).toContain('ecr:PutImage');
    },
  ],
  ['(Creates imagedefinitions.json)', async () => expect(await buildspec()).toContain('imagedefinitions.json')],
  ...(
    [
      ['3. DEPLOY STAGING: ECS Service (Staging) → Updates task definition', 2, 'DeployStaging', 'staging'],
      ['5. DEPLOY PRODUCTION: ECS Service (Production) → Updates task definition', 4, 'DeployProduction', 'production'],
    ] as const
  ).map(
    ([line, position, name, environment]): Row => [
      line,
      ({ pipeline }, asDrawn) =>
        primaryOnly(pipeline, asDrawn, (declared) => {
          const stage = pipelineStage(declared, position);
          expect(stage.name).toBe(name);
          expect(stage.actions.map(({ region }) => region ?? 'us-east-1')).toEqual(['us-east-1', 'us-west-2']);
          for (const { provider, configuration } of stage.actions) {
            expect(provider).toBe('ECS');
            expect(configuration).toMatchObject({ ClusterName: 'platform-cluster', ServiceName: environment });
          }
        }),
    ],
  ),
  [
    '4. MANUAL APPROVAL: SNS Notification → Sends email notification (Waits for approval)',
    ({ pipeline, approvalsTopic }, asDrawn) => {
      primaryOnly(pipeline, asDrawn, (declared) =>
        expect(pipelineStage(declared, 3)).toMatchObject({
          name: 'Approval',
          actions: [
            { category: 'Approval', provider: 'Manual', configuration: { NotificationArn: approvalsTopic?.arn } },
          ],
        }),
      );
      primaryOnly(approvalsTopic, asDrawn, ({ subscriptions }) =>
        expect(subscriptions).toEqual(platformInput.pipeline.approvalEmails.map((address) => `email:${address}`)),
      );
    },
  ],
  [
    'SOURCE → BUILD → STAGING → APPROVAL → PRODUCTION, and nothing else',
    ({ pipeline }, asDrawn) =>
      primaryOnly(pipeline, asDrawn, ({ stages = [] }) =>
        expect(stages.map(({ name }) => name)).toEqual([
          'Source',
          'Build',
          'DeployStaging',
          'Approval',
          'DeployProduction',
        ]),
      ),
  ],
  [
    '✅ Deployment Complete!: every transition is enabled once production stands',
    ({ pipelineState }, asDrawn) =>
      primaryOnly(pipelineState, asDrawn, ({ stageStates = [] }) => {
        expect(stageStates).toHaveLength(5);
        for (const { inboundTransitionState } of stageStates)
          expect(inboundTransitionState?.enabled ?? true).toBe(true);
      }),
  ],
];

const network: readonly Row[] = [
  [
    'VPC (10.0.0.0/16)',
    ({ vpc, dnsHostnames }) => {
      expect(vpc.State).toBe('available');
      expect(dnsHostnames).toBe(true);
    },
  ],
  [
    'Internet Gateway: one',
    ({ internetGateways }) =>
      expect(internetGateways.map(({ Tags }) => tagged(Tags, 'Name'))).toEqual(['platform-main']),
  ],
  ...(
    [
      ['Public Subnet 10.0.1.0/24 (us-east-1a)', 1, 0],
      ['Public Subnet 10.0.2.0/24 (us-east-1b)', 2, 1],
      ['Private Subnet 10.0.11.0/24 (us-east-1a)', 11, 0],
      ['Private Subnet 10.0.12.0/24 (us-east-1b)', 12, 1],
    ] as const
  ).map(
    ([line, number, position]): Row => [
      line,
      (seen, { octets, zones }) => {
        const subnet = subnetOf(seen, `${octets}.${number}.0/24`);
        expect(subnet.AvailabilityZone).toBe(zones[position]);
        expect(subnet.MapPublicIpOnLaunch ?? false).toBe(false);
      },
    ],
  ),
  ['four subnets and no other', ({ subnets }) => expect(subnets).toHaveLength(4)],
  [
    'ALB (Shared) ◄─► ALB (Shared): one load balancer over both public subnets',
    ({ loadBalancer, vpc }, { zones }) => {
      expect(loadBalancer.VpcId).toBe(vpc.VpcId);
      expect(loadBalancer.AvailabilityZones?.map(({ ZoneName }) => ZoneName).sort()).toEqual(zones);
    },
  ],
  ...([0, 1] as const).map(
    (position): Row => [
      `NAT Gateway (AZ-${'ab'.charAt(position)}) with its own Elastic IP`,
      (seen, asDrawn) => {
        const nat = natIn(seen, publicSubnets(seen, asDrawn)[position]);
        expect(nat.ConnectivityType ?? 'public').toBe('public');
        const address = only(nat.NatGatewayAddresses, 'addresses of the NAT gateway');
        const elastic = only(
          seen.addresses.filter(({ AllocationId }) => AllocationId === address.AllocationId),
          'Elastic IPs of the NAT gateway',
        );
        expect(elastic.Domain).toBe('vpc');
        expect(elastic.PublicIp).toBe(address.PublicIp);
      },
    ],
  ),
  [
    'ECS Task (App) in each private subnet',
    (seen, asDrawn) => {
      for (const { tasks } of seen.environments) {
        const subnets = tasks.map(
          ({ attachments }) => attachments?.[0]?.details?.find(({ name }) => name === 'subnetId')?.value,
        );
        expect(subnets.sort()).toEqual(idsOf(privateSubnets(seen, asDrawn)));
      }
    },
  ],
  [
    '• Public: 0.0.0.0/0 → Internet Gateway',
    (seen, asDrawn) => {
      const gateway = only(seen.internetGateways, 'internet gateways').InternetGatewayId;
      for (const subnet of publicSubnets(seen, asDrawn)) expect(wayOut(seen, subnet)).toBe(gateway);
    },
  ],
  ...([0, 1] as const).map((position): Row => {
    const zone = `AZ-${'ab'.charAt(position)}`;
    return [
      `• Private ${zone}: 0.0.0.0/0 → NAT Gateway (${zone})`,
      (seen, asDrawn) =>
        expect(wayOut(seen, privateSubnets(seen, asDrawn)[position])).toBe(
          natIn(seen, publicSubnets(seen, asDrawn)[position]).NatGatewayId,
        ),
    ];
  }),
];

const containers: readonly Row[] = [
  ['ECS Cluster', ({ cluster }) => expect(cluster.clusterName).toBe('platform-cluster')],
  [
    '• Desired Count: 2',
    ({ environments }) => {
      for (const { service } of environments) expect(service).toMatchObject({ desiredCount: 2, runningCount: 2 });
    },
  ],
  [
    '• Launch Type: Fargate',
    ({ environments }) => {
      for (const { service, taskDefinition, tasks } of environments) {
        expect(service.launchType).toBe('FARGATE');
        expect(taskDefinition.requiresCompatibilities).toEqual(['FARGATE']);
        for (const task of tasks) expect(task.launchType).toBe('FARGATE');
      }
    },
  ],
  [
    '• Auto Scaling: 2-10 tasks',
    ({ environments }) => {
      for (const { scalableTarget, scalingPolicies } of environments) {
        expect(scalableTarget).toMatchObject({ MinCapacity: 2, MaxCapacity: 10 });
        expect(only(scalingPolicies, 'scaling policies')).toMatchObject({
          PolicyType: 'TargetTrackingScaling',
          TargetTrackingScalingPolicyConfiguration: {
            PredefinedMetricSpecification: { PredefinedMetricType: 'ECSServiceAverageCPUUtilization' },
          },
        });
      }
    },
  ],
  ...([0, 1] as const).map(
    (position): Row => [
      `ECS Task ${position + 1} (AZ-${'ab'.charAt(position)}) runs`,
      ({ environments }, { zones }) => {
        for (const { tasks } of environments)
          expect(tasks.find(({ availabilityZone }) => availabilityZone === zones[position])).toMatchObject({
            lastStatus: 'RUNNING',
            desiredStatus: 'RUNNING',
          });
      },
    ],
  ),
  [
    'Container: Node.js App',
    async ({ environments, loadBalancer }) => {
      for (const { container } of environments) expect(container).toMatchObject({ name: 'app', essential: true });
      const answer = (await (await fetch(`http://${loadBalancer.DNSName}/`)).json()) as { node?: string };
      expect(answer.node).toMatch(/^v24\./);
    },
  ],
  [
    'Port 8080',
    ({ environments, targetGroups }) => {
      for (const { container } of environments)
        expect(container.portMappings).toEqual([expect.objectContaining({ containerPort: 8080, protocol: 'tcp' })]);
      expect(targetGroups.map(({ Port }) => Port)).toEqual([8080, 8080]);
    },
  ],
  [
    '[Health] Check OK',
    ({ environments, targetGroups }) => {
      for (const { container } of environments) expect(container.healthCheck?.command?.join(' ')).toContain('/health');
      expect(targetGroups.map(({ TargetGroupName }) => TargetGroupName).sort()).toEqual([
        'platform-production',
        'platform-staging',
      ]);
      for (const { HealthCheckPath, TargetType, health } of targetGroups) {
        expect([HealthCheckPath, TargetType]).toEqual(['/health', 'ip']);
        expect(health.map(({ TargetHealth, Target }) => [TargetHealth?.State, Target?.Port])).toEqual([
          ['healthy', 8080],
          ['healthy', 8080],
        ]);
      }
    },
  ],
  [
    'ALB Port 80 → Target Group: production on /, staging on /staging',
    ({ listeners, rules, targetGroups }) => {
      const listener = only(listeners, 'listeners');
      expect(listener).toMatchObject({ Port: 80, Protocol: 'HTTP' });
      const arnOf = (environment: string) =>
        targetGroups.find(({ TargetGroupName }) => TargetGroupName === `platform-${environment}`)?.TargetGroupArn;
      expect(listener.DefaultActions?.[0]).toMatchObject({ Type: 'forward', TargetGroupArn: arnOf('production') });
      const rule = only(
        rules.filter(({ IsDefault }) => IsDefault !== true),
        'rules',
      );
      expect(rule.Conditions?.flatMap(({ Values, PathPatternConfig }) => PathPatternConfig?.Values ?? Values)).toEqual([
        '/staging',
        '/staging/*',
      ]);
      expect(rule.Actions?.[0]).toMatchObject({ Type: 'forward', TargetGroupArn: arnOf('staging') });
    },
  ],
  [
    '[Internet] [End Users]',
    ({ loadBalancer }) =>
      expect(loadBalancer).toMatchObject({
        Scheme: 'internet-facing',
        Type: 'application',
        State: { Code: 'active' },
      }),
  ],
  [
    '• CPU: 256 units (0.25 vCPU)',
    ({ environments }) => expect(environments.map(({ taskDefinition }) => taskDefinition.cpu)).toEqual(['256', '256']),
  ],
  [
    '• Memory: 512 MB',
    ({ environments }) =>
      expect(environments.map(({ taskDefinition }) => taskDefinition.memory)).toEqual(['512', '512']),
  ],
  [
    '• Image: ECR Repository:latest, pinned by its digest',
    ({ environments, images, repository }) => {
      const latest = images.find(({ imageTags }) => imageTags?.includes('latest'));
      for (const { container, tasks } of environments) {
        expect(container.image).toBe(`${repository.repositoryUri}@${latest?.imageDigest}`);
        for (const task of tasks) expect(task.containers?.[0]?.image).toBe(container.image);
      }
    },
  ],
  [
    '• Environment: AWS_REGION, ENVIRONMENT, PORT',
    ({ environments, region }) => {
      for (const { container, environment } of environments)
        expect(Object.fromEntries((container.environment ?? []).map(({ name, value }) => [name, value]))).toMatchObject(
          {
            AWS_REGION: region,
            ENVIRONMENT: environment,
            PORT: '8080',
          },
        );
    },
  ],
];

/** Every alarm tells the region's own topic, and says nothing while there is nothing to measure. */
const alarmRow = (
  line: string,
  name: string,
  expected: (seen: Platform) => Partial<MetricAlarm>,
  on: 'service' | 'targets',
): Row => [
  line,
  (seen) => {
    const found = alarm(seen, name);
    expect(found).toMatchObject({
      ...expected(seen),
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'notBreaching',
      ActionsEnabled: true,
      AlarmActions: [seen.alarmsTopic?.arn],
    });
    expect(dimensionsOf(found)).toEqual(on === 'service' ? onService : onTargets(seen));
  },
];

const monitoring: readonly Row[] = [
  ['ECS Tasks → Metrics', ({ dashboard }) => expect(JSON.stringify(dashboard)).toContain('"AWS/ECS"')],
  ['ALB Metrics', ({ dashboard }) => expect(JSON.stringify(dashboard)).toContain('"AWS/ApplicationELB"')],
  [
    'Lambda Logs',
    async () => {
      const logs = provisioned().provisioner.client(CloudWatchLogsClient);
      const { logGroups = [] } = await logs.send(
        new DescribeLogGroupsCommand({ logGroupNamePrefix: '/aws/lambda/slipway-' }),
      );
      expect(logGroups.map(({ logGroupName }) => logGroupName)).toContain('/aws/lambda/slipway-vpc');
      for (const { retentionInDays } of logGroups) expect(retentionInDays).toBeGreaterThan(0);
    },
  ],
  [
    'CloudWatch • Metrics: the cluster measures its tasks',
    ({ cluster }) => expect(cluster.settings).toContainEqual({ name: 'containerInsights', value: 'enhanced' }),
  ],
  [
    'CloudWatch • Logs: every log group has its retention',
    ({ logGroups, environments, region }, { primary }) => {
      expect(Object.fromEntries(logGroups)).toEqual({
        '/slipway/platform/flow-logs': 30,
        '/slipway/platform/staging': 30,
        '/slipway/platform/production': 30,
        '/aws/ecs/containerinsights/platform-cluster/performance': 30,
        ...(primary ? { '/aws/codebuild/platform-build': 30 } : {}),
      });
      for (const { container, environment } of environments)
        expect(container.logConfiguration).toMatchObject({
          logDriver: 'awslogs',
          options: { 'awslogs-group': `/slipway/platform/${environment}`, 'awslogs-region': region },
        });
    },
  ],
  [
    'CloudWatch • Dashboards → Dashboard (Visual)',
    ({ dashboard, alarms }) => {
      const text = JSON.stringify(dashboard);
      for (const { AlarmArn } of alarms.values()) expect(text).toContain(AlarmArn);
      for (const metric of [
        'CPUUtilization',
        'MemoryUtilization',
        'HTTPCode_Target_5XX_Count',
        'TargetResponseTime',
        'UnHealthyHostCount',
      ])
        expect(text).toContain(metric);
    },
  ],
  [
    'Alarms → SNS Topic → Email Notifications',
    ({ alarms, alarmsTopic }) => {
      expect(alarmsTopic?.subscriptions).toEqual(platformInput.alarms.emails.map((address) => `email:${address}`));
      for (const { AlarmActions } of alarms.values()) expect(AlarmActions).toEqual([alarmsTopic?.arn]);
    },
  ],
  alarmRow(
    '• CPU > 80% for 10 minutes',
    'cpu',
    () => ({
      Namespace: 'AWS/ECS',
      MetricName: 'CPUUtilization',
      Statistic: 'Average',
      Threshold: 80,
      Period: 300,
      EvaluationPeriods: 2,
    }),
    'service',
  ),
  alarmRow(
    '• Memory > 80% for 10 minutes',
    'memory',
    () => ({
      Namespace: 'AWS/ECS',
      MetricName: 'MemoryUtilization',
      Statistic: 'Average',
      Threshold: 80,
      Period: 300,
      EvaluationPeriods: 2,
    }),
    'service',
  ),
  alarmRow(
    '• 5XX Errors > 10 in 5 minutes',
    'http-5xx',
    () => ({
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'HTTPCode_Target_5XX_Count',
      Statistic: 'Sum',
      Threshold: 10,
      Period: 300,
      EvaluationPeriods: 1,
    }),
    'targets',
  ),
  alarmRow(
    '• Response Time > 1 second',
    'response-time',
    () => ({
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'TargetResponseTime',
      ExtendedStatistic: 'p95',
      Threshold: 1,
      EvaluationPeriods: 1,
    }),
    'targets',
  ),
  alarmRow(
    '• Unhealthy Targets > 0',
    'unhealthy-targets',
    () => ({
      Namespace: 'AWS/ApplicationELB',
      MetricName: 'UnHealthyHostCount',
      Statistic: 'Maximum',
      Threshold: 0,
      EvaluationPeriods: 1,
    }),
    'targets',
  ),
];

const security: readonly Row[] = [
  [
    'Layer 1: Internet → ALB Security Group • Allow: HTTP (80), HTTPS (443) • From: 0.0.0.0/0',
    (seen) => {
      const own = group(seen, 'platform-alb');
      expect(ingressOf(own)).toEqual(['tcp 443-443 0.0.0.0/0', 'tcp 80-80 0.0.0.0/0']);
      expect(seen.loadBalancer.SecurityGroups).toEqual([own.GroupId]);
    },
  ],
  [
    'Layer 2: ALB → ECS Task Security Group • Allow: Port 8080 • From: ALB Security Group Only',
    (seen) => {
      const own = group(seen, 'platform-task');
      expect(ingressOf(own)).toEqual([`tcp 8080-8080 ${group(seen, 'platform-alb').GroupId}`]);
      for (const { service } of seen.environments)
        expect(service.networkConfiguration?.awsvpcConfiguration?.securityGroups).toEqual([own.GroupId]);
    },
  ],
  [
    'Layer 3: ECS Task Execution Role • ECR: Pull images',
    (seen) => {
      const pull = (seen.roles.get('execution')?.statements ?? []).find(({ Action }) =>
        [Action].flat().includes('ecr:BatchGetImage'),
      );
      expect([pull?.Resource].flat()).toEqual([seen.repository.repositoryArn]);
      expect(actions(seen, 'execution')).toEqual(
        expect.arrayContaining(['ecr:GetAuthorizationToken', 'ecr:GetDownloadUrlForLayer']),
      );
      for (const { taskDefinition } of seen.environments)
        expect(taskDefinition.executionRoleArn).toMatch(/:role\/slipway\/platform-.*-execution$/);
    },
  ],
  [
    '• CloudWatch: Write logs',
    (seen) => {
      const write = (seen.roles.get('execution')?.statements ?? []).find(({ Action }) =>
        [Action].flat().includes('logs:PutLogEvents'),
      );
      for (const resource of [write?.Resource].flat())
        expect(resource).toMatch(/:log-group:\/slipway\/platform\/(staging|production)(:\*)?$/);
    },
  ],
  [
    '• No other permissions',
    (seen) => {
      expect(actions(seen, 'execution').sort()).toEqual([
        'ecr:BatchCheckLayerAvailability',
        'ecr:BatchGetImage',
        'ecr:GetAuthorizationToken',
        'ecr:GetDownloadUrlForLayer',
        'logs:CreateLogStream',
        'logs:PutLogEvents',
      ]);
      expect(seen.roles.get('execution')?.attached).toEqual([]);
      for (const { taskDefinition } of seen.environments) expect(taskDefinition.taskRoleArn ?? '').toBe('');
    },
  ],
  [
    '├─ ECR Image Scanning (On Push)',
    ({ repository }) => expect(repository.imageScanningConfiguration?.scanOnPush).toBe(true),
  ],
  [
    '├─ VPC Flow Logs (All Traffic)',
    ({ flowLogs, vpc }) =>
      expect(only(flowLogs, 'flow logs')).toMatchObject({
        ResourceId: vpc.VpcId,
        TrafficType: 'ALL',
        LogDestinationType: 'cloud-watch-logs',
        LogGroupName: '/slipway/platform/flow-logs',
        FlowLogStatus: 'ACTIVE',
      }),
  ],
  [
    '├─ Private Subnets (Applications)',
    (seen, asDrawn) => {
      for (const { service } of seen.environments)
        expect([...(service.networkConfiguration?.awsvpcConfiguration?.subnets ?? [])].sort()).toEqual(
          idsOf(privateSubnets(seen, asDrawn)),
        );
    },
  ],
  [
    '├─ NAT Gateway (Outbound Only)',
    (seen, asDrawn) => {
      const gateway = only(seen.internetGateways, 'internet gateways').InternetGatewayId;
      for (const subnet of privateSubnets(seen, asDrawn)) {
        const targets = seen.routeTables
          .filter(({ Associations }) => Associations?.some(({ SubnetId }) => SubnetId === subnet.SubnetId))
          .flatMap(({ Routes = [] }) => Routes.map(({ GatewayId }) => GatewayId));
        expect(targets).not.toContain(gateway);
      }
    },
  ],
  [
    '├─ No Public IPs on Tasks',
    ({ environments }) => {
      for (const { service, tasks } of environments) {
        expect(service.networkConfiguration?.awsvpcConfiguration?.assignPublicIp).toBe('DISABLED');
        const details = tasks.flatMap(({ attachments = [] }) => attachments.flatMap((each) => each.details ?? []));
        expect(details.filter(({ name }) => /public/i.test(name ?? ''))).toEqual([]);
      }
    },
  ],
  [
    '└─ Encrypted S3 Buckets',
    ({ bucket }) => {
      expect(bucket.encryption).toEqual(['AES256']);
      expect(bucket.publicAccessBlock).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(bucket.policy.Statement).toContainEqual(
        expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      );
    },
  ],
];

/** `Deployment Timeline`: what each step has created, and that the run took them in the card's order. */
const timeline: readonly Row[] = [
  ['Validate Credentials', () => expect(stagesOf(undefined)).toEqual(expect.arrayContaining(['plan', 'summarise']))],
  [
    'VPCs → NAT Gateways → ECS → Load Balancers → ECR → CI/CD Pipeline → Monitoring → Deploy ECS Tasks',
    ({ region }) =>
      expect(stagesOf(region)).toEqual([
        'vpc',
        'nat',
        'ecs',
        'alb',
        'ecr-push',
        'pipeline',
        'monitoring',
        'await-network',
        'routes',
        'deploy-staging',
        'await-staging',
        'deploy-production',
        'await-production',
        'finish-production',
      ]),
  ],
  [
    '├─ Route Tables',
    ({ routeTables }) =>
      expect(
        routeTables
          .filter(named)
          .map(({ Tags }) => tagged(Tags, 'Name'))
          .sort(),
      ).toEqual(['platform-private-a', 'platform-private-b', 'platform-public']),
  ],
  [
    '├─ Elastic IPs',
    ({ addresses }) =>
      expect(addresses.filter(({ Tags }) => tagged(Tags, 'slipway:deployment') === 'platform')).toHaveLength(2),
  ],
  [
    '├─ Task Definitions',
    ({ environments }) =>
      expect(environments.map(({ taskDefinition }) => taskDefinition.family)).toEqual([
        'platform-staging',
        'platform-production',
      ]),
  ],
  [
    '├─ IAM Roles: one path, one permissions boundary',
    ({ roles, account }, { primary }) => {
      expect([...roles.keys()].sort()).toEqual(
        primary ? ['build', 'events', 'execution', 'flow-logs', 'pipeline'] : ['execution', 'flow-logs'],
      );
      for (const { path, boundary, tags } of roles.values()) {
        expect(path).toBe('/slipway/');
        expect(boundary).toBe(`arn:aws:iam::${account}:policy/slipway-platform-boundary-us-east-1`);
        expect(tagged(tags, 'slipway:deployment')).toBe('platform');
      }
    },
  ],
  [
    'Push to ECR (Both Regions)',
    ({ images, environments }) => {
      const digests = new Set([...platforms.values()].map((each) => digestOf(each.environments[1].container.image)));
      expect(digests.size).toBe(1);
      const digest = digestOf(environments[1].container.image);
      const pushed = only(
        images.filter(({ imageDigest }) => imageDigest === digest),
        'images of that digest',
      );
      expect(pushed.imageTags).toHaveLength(2);
    },
  ],
  [
    'Wait for Healthy Status',
    ({ targetGroups }) =>
      expect(targetGroups.flatMap(({ health }) => health.map(({ TargetHealth }) => TargetHealth?.State))).toEqual(
        Array(4).fill('healthy'),
      ),
  ],
  [
    'Outputs Displayed, Application URLs Ready',
    ({ region, loadBalancer }) =>
      expect(provisioned().first.report.regions.find((each) => each.region === region)?.urls).toEqual({
        staging: `http://${loadBalancer.DNSName}/staging`,
        production: `http://${loadBalancer.DNSName}/`,
      }),
  ],
];

/** What the diagrams take for granted. */
const beyond: readonly Row[] = [
  [
    'names and owner tags are deterministic',
    ({ vpc, subnets, cluster, loadBalancer }) => {
      for (const { Tags } of [vpc, ...subnets]) expect(tagged(Tags, 'slipway:deployment')).toBe('platform');
      expect(subnets.map(({ Tags }) => tagged(Tags, 'Name')).sort()).toEqual([
        'platform-private-a',
        'platform-private-b',
        'platform-public-a',
        'platform-public-b',
      ]);
      expect(tagged(vpc.Tags, 'Name')).toBe('platform-main');
      expect(cluster.tags).toContainEqual({ key: 'slipway:deployment', value: 'platform' });
      expect(loadBalancer.LoadBalancerName).toBe('platform-alb');
    },
  ],
  [
    'the repository is encrypted and expires old images',
    ({ repository, lifecyclePolicy }) => {
      expect(repository.encryptionConfiguration?.encryptionType).toBe('AES256');
      expect(lifecyclePolicy.rules?.length).toBeGreaterThan(0);
    },
  ],
  [
    'a deployment that fails is rolled back by the circuit breaker',
    ({ environments }) => {
      for (const { service } of environments)
        expect(service.deploymentConfiguration?.deploymentCircuitBreaker).toMatchObject({
          enable: true,
          rollback: true,
        });
    },
  ],
];

const named = ({ Tags }: { Tags?: readonly Tag[] | undefined }): boolean => tagged(Tags, 'Name') !== undefined;

/** Stages of the first run in the order in which they started. */
const stagesOf = (region: string | undefined): string[] =>
  provisioned()
    .first.report.timeline.filter((entry) => entry.region === region)
    .map(({ stage }) => stage);

describe.each(Object.entries(drawn))('architecture-diagrams.md in %s', (region, asDrawn) => {
  for (const [title, rows] of [
    ['Overall Multi-Region Architecture', overall],
    ['CI/CD Pipeline Flow', delivery],
    ['VPC Network Architecture (Per Region)', network],
    ['ECS Container Architecture', containers],
    ['Monitoring & Alerting Flow', monitoring],
    ['Security Architecture', security],
    ['Deployment Timeline', timeline],
    ['beyond the drawing', beyond],
  ] as const) {
    describe(title, () => {
      test.each(rows)('%s', async (_line, check) => {
        await check(platformIn(region), asDrawn);
      });
    });
  }
});
