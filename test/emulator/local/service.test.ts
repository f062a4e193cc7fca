import { CloudWatchLogsClient, CreateLogGroupCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { CreateSubnetCommand, CreateVpcCommand, DeleteSubnetCommand, EC2Client } from '@aws-sdk/client-ec2';
import { CreateRepositoryCommand, ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import {
  CreateListenerCommand,
  CreateLoadBalancerCommand,
  CreateRuleCommand,
  CreateTargetGroupCommand,
  DescribeLoadBalancersCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalCloud, taskProcesses } from '@slipway/local-cloud';
import { push } from './pushed-app.ts';
import { clientOptions, startTestCloud, stopTestCloud, waitFor } from './test-cloud.ts';

/** Not the region that unsigned requests belong to by default: a mix-up would show. */
const region = 'us-west-2';

let cloud: LocalCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 240_000);
afterAll(() => stopTestCloud(cloud));

describe('a service', () => {
  test('a pushed image runs as a service behind a load balancer', async () => {
    const options = clientOptions(cloud, region);
    const [ec2, elb, ecs] = [new EC2Client(options), new ElasticLoadBalancingV2Client(options), new ECSClient(options)];
    const [ecr, logs] = [new ECRClient(options), new CloudWatchLogsClient(options)];

    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'app' }));
    const { authorizationData: [authorization] = [] } = await ecr.send(new GetAuthorizationTokenCommand({}));
    const digest = await push(cloud, authorization?.proxyEndpoint ?? '', authorization?.authorizationToken ?? '');

    const VpcId = (await ec2.send(new CreateVpcCommand({ CidrBlock: '10.0.0.0/16' }))).Vpc?.VpcId ?? '';
    const subnets: string[] = [];
    for (const [index, letter] of ['a', 'b'].entries()) {
      const zone = { CidrBlock: `10.0.${index}.0/24`, AvailabilityZone: `${region}${letter}` };
      subnets.push((await ec2.send(new CreateSubnetCommand({ VpcId, ...zone }))).Subnet?.SubnetId ?? '');
    }
    await expect(elb.send(new CreateLoadBalancerCommand({ Name: 'lb', Subnets: subnets.slice(1) }))).rejects.toThrow(
      /two different Availability Zones/,
    );
    const create = async () =>
      (await elb.send(new CreateLoadBalancerCommand({ Name: 'lb', Subnets: subnets }))).LoadBalancers?.[0];
    const balancer = await create();
    expect(balancer?.State?.Code).toBe('provisioning');
    expect((await create())?.LoadBalancerArn).toBe(balancer?.LoadBalancerArn);
    await expect(fetch(`http://${balancer?.DNSName}/`)).rejects.toThrow();

    const group = {
      Name: 'tg',
      Protocol: 'HTTP' as const,
      Port: 8080,
      VpcId,
      TargetType: 'ip' as const,
      HealthCheckPath: '/health',
    };
    const createGroup = async () =>
      (await elb.send(new CreateTargetGroupCommand(group))).TargetGroups?.[0]?.TargetGroupArn ?? '';
    const targetGroupArn = await createGroup();
    expect(await createGroup()).toBe(targetGroupArn);

    await ecs.send(new CreateClusterCommand({ clusterName: 'c' }));
    await logs.send(new CreateLogGroupCommand({ logGroupName: '/app' }));
    const definition = {
      family: 'app',
      requiresCompatibilities: ['FARGATE' as const],
      networkMode: 'awsvpc' as const,
      cpu: '256',
      memory: '512',
      containerDefinitions: [
        {
          name: 'app',
          image: `000000000000.dkr.ecr.${region}.amazonaws.com/app@${digest}`,
          portMappings: [{ containerPort: 8080 }],
          logConfiguration: {
            logDriver: 'awslogs' as const,
            options: { 'awslogs-group': '/app', 'awslogs-region': region, 'awslogs-stream-prefix': 'app' },
          },
        },
      ],
    };
    await expect(ecs.send(new RegisterTaskDefinitionCommand({ ...definition, memory: '300' }))).rejects.toThrow(
      /No Fargate configuration/,
    );
    await ecs.send(new RegisterTaskDefinitionCommand(definition));
    const service = {
      cluster: 'c',
      serviceName: 's',
      taskDefinition: 'app',
      desiredCount: 2,
      launchType: 'FARGATE' as const,
      clientToken: 'service',
      loadBalancers: [{ targetGroupArn, containerName: 'app', containerPort: 8080 }],
      networkConfiguration: { awsvpcConfiguration: { subnets } },
    };
    await expect(ecs.send(new CreateServiceCommand(service))).rejects.toThrow(
      /does not have an associated load balancer/,
    );

    const listener = {
      LoadBalancerArn: balancer?.LoadBalancerArn,
      Port: 80,
      Protocol: 'HTTP' as const,
      DefaultActions: [
        { Type: 'fixed-response' as const, FixedResponseConfig: { StatusCode: '404', MessageBody: 'nothing here' } },
      ],
    };
    const createListener = async () =>
      (await elb.send(new CreateListenerCommand(listener))).Listeners?.[0]?.ListenerArn;
    const ListenerArn = await createListener();
    expect(await createListener()).toBe(ListenerArn);
    const rule = {
      ListenerArn,
      Priority: 10,
      Conditions: [{ Field: 'path-pattern', PathPatternConfig: { Values: ['/staging', '/staging/*'] } }],
      Actions: [{ Type: 'forward' as const, TargetGroupArn: targetGroupArn }],
      Transforms: [
        { Type: 'url-rewrite' as const, UrlRewriteConfig: { Rewrites: [{ Regex: '^/staging/?', Replace: '/' }] } },
      ],
    };
    await elb.send(new CreateRuleCommand(rule));
    await expect(elb.send(new CreateRuleCommand(rule))).rejects.toThrow(/currently in use/);

    const first = await ecs.send(new CreateServiceCommand(service));
    const second = await ecs.send(new CreateServiceCommand(service));
    expect(second.service?.serviceArn).toBe(first.service?.serviceArn);
    await expect(ecs.send(new CreateServiceCommand({ ...service, clientToken: 'other' }))).rejects.toThrow(
      /not idempotent/,
    );
    expect(first.service?.deployments?.[0]?.rolloutState).toBe('IN_PROGRESS');

    const describeService = async () =>
      (await ecs.send(new DescribeServicesCommand({ cluster: 'c', services: ['s'] }))).services?.[0];
    await waitFor(describeService, (found) => found?.deployments?.[0]?.rolloutState === 'COMPLETED');
    const { LoadBalancers: [active] = [] } = await elb.send(new DescribeLoadBalancersCommand({}));
    expect(active?.State?.Code).toBe('active');
    const { TargetHealthDescriptions: targets = [] } = await elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }),
    );
    expect(targets.map(({ TargetHealth }) => TargetHealth?.State)).toEqual(['healthy', 'healthy']);

    const get = async (path: string) => {
      const reply = await fetch(`http://${active?.DNSName}${path}`);
      return { status: reply.status, body: await reply.text() };
    };
    expect(await get('/')).toEqual({ status: 404, body: 'nothing here' });
    const answer = await get('/staging/a?b=1');
    expect(JSON.parse(answer.body)).toEqual({
      url: '/a?b=1',
      forwardedFor: '127.0.0.1',
      node: `v${process.versions.node}`,
    });

    const processes = await taskProcesses(cloud);
    expect(processes).toHaveLength(2);
    expect(processes.every((found) => found.digest === digest && found.region === region)).toBe(true);
    const { events = [] } = await logs.send(new FilterLogEventsCommand({ logGroupName: '/app' }));
    expect(events.map(({ message }) => message)).toContain('asked for /a?b=1');

    const [victim] = processes;
    if (victim?.pid !== undefined) process.kill(victim.pid, 'SIGKILL');
    await waitFor(
      () => taskProcesses(cloud),
      (found) => found.length === 2 && !found.some(({ pid }) => pid === victim?.pid),
    );
    await expect(ec2.send(new DeleteSubnetCommand({ SubnetId: subnets[0] }))).rejects.toThrow(/has dependencies/);

    await waitFor(describeService, (found) => found?.deployments?.length === 1 && found.runningCount === 2);
    await waitFor(
      async () =>
        (await elb.send(new DescribeTargetHealthCommand({ TargetGroupArn: targetGroupArn }))).TargetHealthDescriptions,
      (found) => found?.filter(({ TargetHealth }) => TargetHealth?.State === 'healthy').length === 2,
    );

    // A deployment that takes the place of one that never gets healthy leaves the tasks that serve in their place.
    const [container] = definition.containerDefinitions;
    const deaf = { ...container, environment: [{ name: 'PORT', value: '9999' }] };
    await ecs.send(new RegisterTaskDefinitionCommand({ ...definition, containerDefinitions: [deaf] }));
    await ecs.send(new UpdateServiceCommand({ cluster: 'c', service: 's', taskDefinition: 'app:2' }));
    await waitFor(describeService, (found) => found?.runningCount === 4);
    await ecs.send(new UpdateServiceCommand({ cluster: 'c', service: 's', taskDefinition: 'app:1' }));
    const statuses = new Set<number>();
    await waitFor(
      async () => {
        statuses.add((await get('/staging')).status);
        return describeService();
      },
      (found) => found?.deployments?.length === 1 && found.deployments[0]?.rolloutState === 'COMPLETED',
    );
    expect([...statuses]).toEqual([200]);

    // What is under way when its task leaves the load balancer is answered.
    const slow = get('/staging/slow');
    await waitFor(
      async () => (await (await fetch(`${cloud.endpoint}/_slipway/busy-targets`)).json()) as string[],
      ({ length }) => length === 1,
    );
    await ecs.send(new UpdateServiceCommand({ cluster: 'c', service: 's', desiredCount: 0 }));
    expect((await slow).status).toBe(200);
    await waitFor(
      () => taskProcesses(cloud),
      (found) => found.length === 0,
    );
    await waitFor(
      async () => (await get('/staging')).status,
      (status) => status === 503,
    );
    const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster: 'c' }));
    expect(taskArns).toEqual([]);
  }, 180_000);
});
