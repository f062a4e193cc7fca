import { expect } from '@jest/globals';
import { only } from '../../../support/platform-reading/only.ts';
import { digestOf, named, type Provisioned, type Row, tagged } from './drawn.ts';

/** Stages of the first run in the order in which they started. */
const stagesOf = ({ first }: Provisioned, region: string | undefined): string[] =>
  first.report.timeline.filter((entry) => entry.region === region).map(({ stage }) => stage);

/** `Deployment Timeline`: what each step has created, and that the run took them in the card's order. */
export const timeline: readonly Row[] = [
  [
    'Validate Credentials',
    (_seen, _asDrawn, run) => expect(stagesOf(run, undefined)).toEqual(expect.arrayContaining(['plan', 'summarise'])),
  ],
  [
    'VPCs → NAT Gateways → ECS → Load Balancers → ECR → CI/CD Pipeline → Monitoring → Deploy ECS Tasks',
    ({ region }, _asDrawn, run) =>
      expect(stagesOf(run, region)).toEqual([
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
        primary ? ['build', 'events', 'execution', 'flow-logs', 'mirror', 'pipeline'] : ['execution', 'flow-logs'],
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
    ({ images, environments }, _asDrawn, { platforms }) => {
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
    ({ region, loadBalancer }, _asDrawn, { first }) =>
      expect(first.report.regions.find((each) => each.region === region)?.urls).toEqual({
        staging: `http://${loadBalancer.DNSName}/staging`,
        production: `http://${loadBalancer.DNSName}/`,
      }),
  ],
];
