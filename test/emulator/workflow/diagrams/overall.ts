import { expect } from '@jest/globals';
import { only } from '../../../support/platform-reading/only.ts';
import { idsOf, primaryOnly, publicSubnets, type Row } from './drawn.ts';

export const overall: readonly Row[] = [
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
  // Five on production; where the source is, two more on its replicas.
  ['• Alarms', ({ alarms }, { primary }) => expect(alarms.size).toBe(primary ? 7 : 5)],
  ['• Dashboards', ({ dashboard }) => expect(dashboard.widgets.length).toBeGreaterThan(0)],
  ['• SNS Topics', ({ alarmsTopic, region }) => expect(alarmsTopic?.arn).toContain(`:${region}:`)],
];
