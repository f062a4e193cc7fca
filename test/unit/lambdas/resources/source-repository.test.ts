import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { firstFiles } from '../../../../lambdas/resources/first-commit.ts';
import { type SourceRepositoryFound, sourceRepository } from '../../../../lambdas/resources/source-repository.ts';
import { answeringCloud, refusal } from '../../../support/answering-cloud.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const found = (description: string): SourceRepositoryFound => ({
  key: 'main',
  id: 'platform-app',
  arn: 'arn:aws:codecommit:us-east-1:123456789012:platform-app',
  cloneUrl: 'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/platform-app',
  description,
  empty: false,
});

describe('specs', () => {
  test('the primary region has the repository', () => {
    expect(sourceRepository.specs(regionConfig())).toEqual([
      {
        key: 'main',
        spec: { name: 'platform-app', description: 'Source of the app of platform', firstBranch: 'main' },
      },
    ]);
  });

  test('every other region has a replica of the same name', () => {
    expect(sourceRepository.specs(secondaryConfig())).toEqual([
      {
        key: 'replica',
        spec: { name: 'platform-app', description: 'Replica of platform-app in us-east-1', firstBranch: undefined },
      },
    ]);
  });
});

test('a description changed by hand is a difference', () => {
  const spec = { name: 'platform-app', description: 'Source', firstBranch: 'main' };
  expect(sourceRepository.diff(spec, found('Source'))).toEqual([]);
  expect(sourceRepository.diff(spec, found('Other'))).toEqual([{ path: 'description', was: 'Other', want: 'Source' }]);
});

describe('the first commit', () => {
  const spec = { name: 'platform-app', description: 'Source', firstBranch: 'main' };
  const empty = { ...found('Source'), empty: true };
  const update = (answer: () => object) => {
    const { cloud, asked } = answeringCloud({ CreateCommit: answer });
    const differences = sourceRepository.diff(spec, empty);
    return { asked, done: sourceRepository.update(cloud, { key: 'main', spec }, empty, differences) };
  };

  test('is lacking where the repository is empty; an empty replica lacks nothing', () => {
    expect(sourceRepository.diff(spec, empty)).toEqual([{ path: 'branch', was: undefined, want: 'main' }]);
    expect(sourceRepository.diff({ ...spec, firstBranch: undefined }, empty)).toEqual([]);
  });

  test('is left out where somebody pushed in between, and any other refusal is one', async () => {
    const pushed = update(() => {
      throw refusal('ParentCommitIdRequiredException');
    });
    await expect(pushed.done).resolves.toBeUndefined();
    expect(pushed.asked).toEqual(['CreateCommit']);
    const refused = update(() => {
      throw refusal('EncryptionKeyAccessDeniedException');
    });
    await expect(refused.done).rejects.toThrow('EncryptionKeyAccessDeniedException');
  });

  test('holds every file of its directory by its path there', async () => {
    const files = await firstFiles(join(import.meta.dirname, '../../../../app'));
    expect(files.map(({ filePath }) => filePath)).toEqual(
      expect.arrayContaining(['Dockerfile', 'package.json', 'src/server.ts', 'test/server.test.ts']),
    );
    expect(files.length).toBeLessThan(100);
  });
});
