import { describe, expect, test } from '@jest/globals';
import { type RepositoryFound, type RepositorySpec, repository } from '../../../../lambdas/resources/repository.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const [wanted] = repository.specs(regionConfig());
const spec = wanted?.spec as RepositorySpec;
const found = (overrides: Partial<RepositoryFound> = {}): RepositoryFound => ({
  key: 'app',
  id: 'platform-app',
  arn: 'arn:aws:ecr:us-east-1:123456789012:repository/platform-app',
  uri: '123456789012.dkr.ecr.us-east-1.amazonaws.com/platform-app',
  scanOnPush: true,
  encryption: 'AES256',
  movableTags: ['latest'],
  lifecycle: JSON.parse(JSON.stringify(spec.lifecycle)),
  policy: undefined,
  ...overrides,
});

describe('specs', () => {
  test('every region has one repository, scanned and encrypted, in which only latest moves', () => {
    for (const config of [regionConfig(), secondaryConfig()])
      expect(repository.specs(config)).toMatchObject([
        {
          key: 'app',
          spec: { name: 'platform-app', scanOnPush: true, encryption: 'AES256', movableTags: ['latest'] },
        },
      ]);
  });

  test('untagged images expire after 14 days, and all but 30 builds of the pipeline', () => {
    expect(spec.lifecycle).toMatchObject({
      rules: [
        { selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countUnit: 'days', countNumber: 14 } },
        { selection: { tagPrefixList: ['commit-'], countType: 'imageCountMoreThan', countNumber: 30 } },
      ],
    });
  });
});

describe('diff', () => {
  test.each<[string, Partial<RepositoryFound>, string[]]>([
    ['sees nothing where nothing differs', {}, []],
    ['sees scanning switched off', { scanOnPush: false }, ['scanOnPush']],
    ['sees tags that may all be moved', { movableTags: undefined }, ['movableTags']],
    ['sees another tag that may be moved', { movableTags: ['v*', 'latest'] }, ['movableTags']],
    ['sees a missing lifecycle policy, as after creation', { lifecycle: undefined }, ['lifecycle']],
    ['sees another lifecycle policy', { lifecycle: { rules: [] } }, ['lifecycle']],
  ])('%s', (_, overrides, paths) => {
    const differences = repository.diff(spec, found(overrides));
    expect(differences.map(({ path }) => path)).toEqual(paths);
    expect(differences.some(({ replace }) => replace)).toBe(false);
  });

  test('asks for a replacement where the encryption is another', () => {
    expect(repository.diff(spec, found({ encryption: 'KMS' }))).toEqual([
      { path: 'encryption', was: 'KMS', want: 'AES256', replace: true },
    ]);
  });
});
