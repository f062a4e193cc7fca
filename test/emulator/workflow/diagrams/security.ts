import { expect } from '@jest/globals';
import { only } from '../../../support/platform-reading/only.ts';
import { actions, group, idsOf, ingressOf, privateSubnets, type Row } from './drawn.ts';

export const security: readonly Row[] = [
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
