import { expect } from '@jest/globals';
import { only } from '../../../support/platform-reading/only.ts';
import type { Row } from './drawn.ts';

export const containers: readonly Row[] = [
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
