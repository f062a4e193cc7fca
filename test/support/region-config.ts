import type { RegionConfig } from '../../workflow/config.ts';

/** The primary region of the diagrams, every default filled in; a test overrides what it is about. */
export const regionConfig = (overrides: Partial<RegionConfig> = {}): RegionConfig => ({
  deployment: 'platform',
  account: '123456789012',
  partition: 'aws',
  region: 'us-east-1',
  homeRegion: 'us-east-1',
  primary: true,
  regions: ['us-east-1', 'us-west-2'],
  tags: {},
  network: {
    cidr: '10.0.0.0/16',
    zones: [
      { letter: 'a', name: 'us-east-1a', publicCidr: '10.0.1.0/24', privateCidr: '10.0.11.0/24' },
      { letter: 'b', name: 'us-east-1b', publicCidr: '10.0.2.0/24', privateCidr: '10.0.12.0/24' },
    ],
  },
  app: {
    port: 8080,
    healthPath: '/health',
    cpu: 256,
    memory: 512,
    desiredCount: 2,
    minCount: 2,
    maxCount: 10,
    scalingCpuPercent: 70,
  },
  image: {
    base: `public.ecr.aws/docker/library/node@sha256:${'0'.repeat(64)}`,
    digest: `sha256:${'0123456789abcdef'.repeat(4)}`,
    tag: '0123456789abcdef',
  },
  logRetentionDays: 30,
  alarms: {
    cpuPercent: 80,
    memoryPercent: 80,
    http5xxCount: 10,
    responseSeconds: 1,
    unhealthyTargets: 0,
    periodSeconds: 300,
    emails: ['operations@example.com'],
  },
  pipeline: { branch: 'main', approvalEmails: ['approver@example.com'] },
  permissionsBoundaryArn: 'arn:aws:iam::123456789012:policy/slipway/platform-boundary',
  ...overrides,
});

/** The other region of the diagrams: no CI/CD, only the replica repository. */
export const secondaryConfig = (overrides: Partial<RegionConfig> = {}): RegionConfig =>
  regionConfig({
    region: 'us-west-2',
    primary: false,
    network: {
      cidr: '10.1.0.0/16',
      zones: [
        { letter: 'a', name: 'us-west-2a', publicCidr: '10.1.1.0/24', privateCidr: '10.1.11.0/24' },
        { letter: 'b', name: 'us-west-2b', publicCidr: '10.1.2.0/24', privateCidr: '10.1.12.0/24' },
      ],
    },
    ...overrides,
  });

/** A source in GitHub, GitLab or Bitbucket. */
export const connectedPipeline = {
  branch: 'main',
  approvalEmails: [],
  source: {
    connectionArn: 'arn:aws:codeconnections:us-east-1:123456789012:connection/01234567-89ab-cdef-0123-456789abcdef',
    repository: 'acme/shop',
  },
} as const satisfies RegionConfig['pipeline'];
