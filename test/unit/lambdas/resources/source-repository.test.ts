import { describe, expect, test } from '@jest/globals';
import { type SourceRepositoryFound, sourceRepository } from '../../../../lambdas/resources/source-repository.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const found = (description: string): SourceRepositoryFound => ({
  key: 'main',
  id: 'platform-app',
  arn: 'arn:aws:codecommit:us-east-1:123456789012:platform-app',
  cloneUrl: 'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/platform-app',
  description,
});

describe('specs', () => {
  test('the primary region has the repository', () => {
    expect(sourceRepository.specs(regionConfig())).toEqual([
      { key: 'main', spec: { name: 'platform-app', description: 'Source of the app of platform' } },
    ]);
  });

  test('every other region has a replica of the same name', () => {
    expect(sourceRepository.specs(secondaryConfig())).toEqual([
      { key: 'replica', spec: { name: 'platform-app', description: 'Replica of platform-app in us-east-1' } },
    ]);
  });
});

test('a description changed by hand is a difference', () => {
  const spec = { name: 'platform-app', description: 'Source' };
  expect(sourceRepository.diff(spec, found('Source'))).toEqual([]);
  expect(sourceRepository.diff(spec, found('Other'))).toEqual([{ path: 'description', was: 'Other', want: 'Source' }]);
});
