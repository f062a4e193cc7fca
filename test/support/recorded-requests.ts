import type { ClientConstructor, Cloud } from '../../lambdas/aws/cloud.ts';
import { lowerTagList, ownershipTags, type Tags, upperTagList } from '../../lambdas/aws/ownership.ts';
import { tagByArn } from '../../lambdas/aws/tagging.ts';
import { tagsForPeople } from '../../lambdas/aws/tags.ts';
import { referencesIn, resolve } from '../../lambdas/engine/resolve.ts';
import { putTags } from '../../lambdas/engine/tags.ts';
import { wantedIn } from '../../lambdas/engine/wanted.ts';
import { allResources } from '../../lambdas/resources/all.ts';
import { heldStage } from '../../lambdas/resources/pipeline-stages.ts';
import type { AnyResource, Found } from '../../lambdas/resources/resource.ts';
import type { RegionConfig } from '../../workflow/config.ts';
import type { Output, Outputs } from '../../workflow/documents.ts';
import { type Kind, makingStages } from '../../workflow/stages.ts';

/** A request as the SDK would send it. */
export interface RecordedRequest {
  /** `<kind>/<key>` and what was done to it. */
  readonly by: string;
  /** Name of the SDK's client class. */
  readonly client: string;
  readonly operation: string;
  readonly input: Readonly<Record<string, unknown>>;
}

type Input = Readonly<Record<string, unknown>>;
type Tagged = { readonly TagSpecifications?: readonly { readonly Tags: object }[] };

const hex = '0123456789abcdef0';
const uuid = '01234567-89ab-cdef-0123-456789abcdef';

/** An answer of EC2's creating calls: what was asked for, with an id and the tags. */
const ec2 =
  (name: string, id: string, prefix: string, more: object = {}) =>
  (input: Input) => {
    const { TagSpecifications, ...rest } = input as Input & Tagged;
    return {
      [name]: { ...rest, [id]: `${prefix}-${hex}`, Tags: TagSpecifications?.[0]?.Tags, State: 'available', ...more },
    };
  };

const arn = (service: string, resource: string): string => `arn:aws:${service}:us-east-1:123456789012:${resource}`;
const elbArn = (resource: string): string => arn('elasticloadbalancing', `${resource}/0123456789abcdef`);

/** The least that a creating call must answer for the kind to go on; anything else answers nothing at all. */
const answers: Readonly<Record<string, (input: Input) => object>> = {
  CreateVpc: ec2('Vpc', 'VpcId', 'vpc'),
  CreateInternetGateway: ec2('InternetGateway', 'InternetGatewayId', 'igw'),
  CreateSubnet: ec2('Subnet', 'SubnetId', 'subnet'),
  CreateRouteTable: ec2('RouteTable', 'RouteTableId', 'rtb'),
  CreateNatGateway: ec2('NatGateway', 'NatGatewayId', 'nat', { State: 'pending' }),
  AllocateAddress: () => ({ AllocationId: `eipalloc-${hex}`, PublicIp: '192.0.2.1' }),
  CreateSecurityGroup: () => ({ GroupId: `sg-${hex}` }),
  CreateFlowLogs: () => ({ FlowLogIds: [`fl-${hex}`] }),
  CreateCluster: (input) => ({
    cluster: { ...input, clusterArn: arn('ecs', `cluster/${input.clusterName}`), status: 'ACTIVE' },
  }),
  RegisterTaskDefinition: (input) => ({
    taskDefinition: { ...input, taskDefinitionArn: arn('ecs', `task-definition/${input.family}:1`), status: 'ACTIVE' },
  }),
  CreateService: (input) => ({
    service: { ...input, serviceArn: arn('ecs', `service/${input.cluster}/${input.serviceName}`), status: 'ACTIVE' },
  }),
  CreateLoadBalancer: (input) => ({
    LoadBalancers: [
      {
        LoadBalancerArn: elbArn(`loadbalancer/app/${input.Name}`),
        LoadBalancerName: input.Name,
        Scheme: input.Scheme,
        State: { Code: 'provisioning' },
        AvailabilityZones: [],
        SecurityGroups: [],
      },
    ],
  }),
  CreateTargetGroup: (input) => ({
    TargetGroups: [{ ...input, TargetGroupName: input.Name, TargetGroupArn: elbArn(`targetgroup/${input.Name}`) }],
  }),
  CreateListener: (input) => ({ Listeners: [{ ...input, ListenerArn: elbArn(`listener/app/platform-alb/${hex}`) }] }),
  CreateRule: (input) => ({
    Rules: [
      { ...input, Priority: String(input.Priority), RuleArn: elbArn(`listener-rule/app/platform-alb/${hex}/${hex}`) },
    ],
  }),
  CreateRepository: (input) => ({
    repository: {
      repositoryName: input.repositoryName,
      repositoryArn: arn('ecr', `repository/${input.repositoryName}`),
      repositoryUri: `registry/${input.repositoryName}`,
    },
    repositoryMetadata: {
      repositoryName: input.repositoryName,
      Arn: arn('codecommit', String(input.repositoryName)),
      repositoryId: hex,
    },
  }),
  CreateProject: (input) => ({ project: { ...input, arn: arn('codebuild', `project/${input.name}`) } }),
  CreateTopic: ({ Name }) => ({ TopicArn: arn('sns', String(Name)) }),
  DescribeRule: () => {
    throw Object.assign(new Error('no such rule'), { name: 'ResourceNotFoundException' });
  },
  GetDashboard: () => {
    throw Object.assign(new Error('no such dashboard'), { name: 'ResourceNotFound' });
  },
  GetPipelineState: () => ({ stageStates: [{ stageName: heldStage, inboundTransitionState: { enabled: true } }] }),
  ListPipelineExecutions: () => ({
    pipelineExecutionSummaries: [
      { pipelineExecutionId: uuid, status: 'InProgress', trigger: { triggerType: 'CreatePipeline' } },
    ],
  }),
  ListBuildsForProject: () => ({ ids: ['platform-build:1'] }),
  BatchGetBuilds: () => ({ builds: [{ id: 'platform-build:1', buildStatus: 'IN_PROGRESS' }] }),
  PutRule: ({ Name }) => ({ RuleArn: arn('events', `rule/${Name}`) }),
  PutScalingPolicy: ({ PolicyName }) => ({ PolicyARN: arn('autoscaling', `scalingPolicy:${hex}:${PolicyName}`) }),
};

/** Whose tags a reading call answers with: of what is made by a name that only we would give. */
const ownerOf = (operation: string, client: string): readonly [Kind, string] | undefined => {
  if (operation === 'GetBucketTagging') return ['artifact-bucket', 'artifacts'];
  if (operation === 'ListTagsForResource' && client === 'CodePipelineClient') return ['pipeline', 'main'];
  return undefined;
};

/** Tags in the shapes of S3 and of CodePipeline. */
const tagged = (tags: Tags): object => ({ TagSet: upperTagList(tags), tags: lowerTagList(tags) });

/** What a resource's output would say, in AWS's shape. */
function plausible(config: RegionConfig, kind: Kind, key: string, attribute: string): string {
  const place = `${config.region}:${config.account}`;
  if (attribute === 'arn' && kind === 'role')
    return `arn:aws:iam::${config.account}:role/slipway/${config.deployment}-${config.region}-${key}`;
  const ids: Partial<Record<Kind, string>> = {
    vpc: `vpc-${hex}`,
    'internet-gateway': `igw-${hex}`,
    subnet: `subnet-${hex}`,
    'route-table': `rtb-${hex}`,
    'elastic-ip': `eipalloc-${hex}`,
    'nat-gateway': `nat-${hex}`,
    'security-group': `sg-${hex}`,
    'load-balancer': `arn:aws:elasticloadbalancing:${place}:loadbalancer/app/${config.deployment}-alb/${hex}`,
    'target-group': `arn:aws:elasticloadbalancing:${place}:targetgroup/${config.deployment}-${key}/${hex}`,
    listener: `arn:aws:elasticloadbalancing:${place}:listener/app/${config.deployment}-alb/${hex}/${hex}`,
    'task-definition': `arn:aws:ecs:${place}:task-definition/${config.deployment}-${key}:1`,
    topic: `arn:aws:sns:${place}:${config.deployment}-${key}`,
  };
  if (kind === 'cluster' && attribute !== 'arn') return `${config.deployment}-cluster`;
  if (attribute === 'id') return ids[kind] ?? `${config.deployment}-${key}`;
  if (attribute === 'dnsName') return `${config.deployment}-alb-1234567890.${config.region}.elb.amazonaws.com`;
  if (attribute === 'suffix') return `${kind === 'load-balancer' ? 'app' : 'targetgroup'}/${config.deployment}/${hex}`;
  return attribute === 'arn' ? `arn:aws:x:${place}:${config.deployment}-${key}` : `${config.deployment}-${key}`;
}

/** Outputs for every reference of the region's specs. */
function outputsOf(config: RegionConfig): Outputs {
  const outputs: Record<string, Record<string, Output>> = {};
  for (const stage of makingStages)
    for (const kind of stage.kinds)
      for (const { key } of wantedIn(allResources[kind], config, stage.name)) {
        const attributes = ['id', 'arn', 'name', 'suffix', 'dnsName', 'uri', 'cloneUrl'];
        const output = Object.fromEntries(attributes.map((each) => [each, plausible(config, kind, key, each)]));
        outputs[kind] = { ...outputs[kind], [key]: output as Output };
      }
  return outputs as Outputs;
}

/**
 * Every request that the kinds would send in a region, without any network: for each wanted resource what reading,
 * creating, putting right what the create left and what others changed, tagging, and deleting sends.
 * @param onMade is told of each resource that was made, with what was wanted
 */
export async function recordRequests(
  config: RegionConfig,
  onMade: (resource: AnyResource, spec: object, found: Found) => void = () => {},
): Promise<readonly RecordedRequest[]> {
  const requests: RecordedRequest[] = [];
  let by = '';
  const cloud: Cloud = {
    scope: config,
    client<Client>(service: ClientConstructor<Client>): Client {
      // Of the class, which the SDK's paginators insist on, and never constructed.
      const client: object = Object.create(service.prototype as object);
      const send = async (command: { readonly constructor: { readonly name: string }; readonly input: Input }) => {
        const operation = command.constructor.name.replace(/Command$/, '');
        requests.push({ by, client: service.name, operation, input: structuredClone(command.input) });
        const owner = ownerOf(operation, service.name);
        if (owner !== undefined) return tagged(ownershipTags(config, ...owner));
        return answers[operation]?.(command.input) ?? {};
      };
      return Object.assign(client, { send, config: {} }) as Client;
    },
  };
  /** A kind that can't go on with the answers has sent what counts. */
  const attempt = async <Result>(what: string, work: () => Promise<Result>): Promise<Result | undefined> => {
    by = what;
    try {
      return await work();
    } catch (error) {
      if (process.env.SHOW_ENDS) process.stderr.write(`${what}: ${String(error)}\n`);
      return undefined;
    }
  };

  const outputs = outputsOf(config);
  for (const stage of makingStages) {
    for (const kind of stage.kinds) {
      const resource = allResources[kind];
      const standing = await attempt(`${kind}: list`, () => resource.list(cloud, outputs));
      // Bytes of an image go by another protocol.
      if (kind === 'image') continue;
      for (const { key, spec: logical } of wantedIn(resource, config, stage.name)) {
        const spec: object = resolve(logical, outputs);
        const unresolved = referencesIn(spec);
        if (unresolved.length > 0) throw new Error(`${kind}/${key} refers to ${unresolved.join(', ')}`);
        const wanted = { key, spec };
        const token = '0123456789abcdef0123456789abcdef';
        const made = await attempt(`${kind}/${key}: create`, () => resource.create(cloud, wanted, token));
        const found: Found | undefined = made ?? standing?.find((each) => each.key === key);
        if (!found?.id) throw new Error(`add to ${import.meta.filename} what AWS answers when a ${kind} is created`);
        onMade(resource, spec, found);
        for (const seen of [found, altered(found)])
          await attempt(`${kind}/${key}: update`, () =>
            resource.update(cloud, wanted, seen, resource.diff(spec, seen)),
          );
        await attempt(`${kind}/${key}: tag`, async () =>
          (resource.arn ?? resource.tag) === undefined
            ? undefined
            : putTags(resource, cloud, found, tagsForPeople(config, key), tagByArn),
        );
        await attempt(`${kind}/${key}: delete`, () => resource.delete(cloud, found));
      }
    }
  }
  return requests;
}

/** The resource as if somebody had changed everything about it that is neither a name nor an id. */
function altered(found: Found): Found {
  const change = (name: string, value: unknown): unknown => {
    // A transition that is released is the people's: nothing is asked of it any more.
    if (['key', 'id', 'name', 'arn', 'released'].includes(name)) return value;
    if (typeof value === 'boolean') return !value;
    if (typeof value === 'number') return value + 1;
    if (typeof value === 'string') return /^arn:|-[0-9a-f]{12,17}$/.test(value) ? value : `${value}-altered`;
    return typeof value !== 'object' || value === null ? value : Array.isArray(value) ? [] : {};
  };
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name, change(name, value)]),
  ) as unknown as Found;
}
