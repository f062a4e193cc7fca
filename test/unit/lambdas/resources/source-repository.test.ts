import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ownershipTags } from '../../../../lambdas/aws/ownership.ts';
import { firstFiles } from '../../../../lambdas/resources/first-commit.ts';
import type { Wanted } from '../../../../lambdas/resources/resource.ts';
import {
  type SourceRepositoryFound,
  type SourceRepositorySpec,
  sourceRepository,
} from '../../../../lambdas/resources/source-repository.ts';
import { answeringCloud, refusal } from '../../../support/answering-cloud.ts';
import { handlerCloud } from '../../../support/handler-cloud.ts';
import { scope } from '../../../support/ownership.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const found = (description: string): SourceRepositoryFound => ({
  key: 'main',
  id: 'platform-app',
  arn: 'arn:aws:codecommit:us-east-1:123456789012:platform-app',
  cloneUrl: 'https://git-codecommit.us-east-1.amazonaws.com/v1/repos/platform-app',
  description,
  empty: false,
  beingFilled: false,
});

describe('specs', () => {
  test('the primary region has the repository', () => {
    expect(sourceRepository.specs(regionConfig())).toEqual([
      {
        key: 'main',
        spec: {
          name: 'platform-app',
          description: 'Source of the app of platform',
          firstBranch: 'main',
          mirroredFrom: undefined,
        },
      },
    ]);
  });

  test('every other region has a replica of the same name', () => {
    expect(sourceRepository.specs(secondaryConfig())).toEqual([
      {
        key: 'replica',
        deferredTo: 'finish-production',
        spec: {
          name: 'platform-app',
          description: 'Replica of platform-app in us-east-1',
          firstBranch: undefined,
          mirroredFrom: 'us-east-1',
        },
      },
    ]);
  });
});

test('a description changed by hand is a difference', () => {
  const spec = { name: 'platform-app', description: 'Source', firstBranch: 'main', mirroredFrom: undefined };
  expect(sourceRepository.diff(spec, found('Source'))).toEqual([]);
  expect(sourceRepository.diff(spec, found('Other'))).toEqual([{ path: 'description', was: 'Other', want: 'Source' }]);
});

describe('the first commit', () => {
  const spec = { name: 'platform-app', description: 'Source', firstBranch: 'main', mirroredFrom: undefined };
  const empty = { ...found('Source'), empty: true };
  const update = (answer: () => object) => {
    const { cloud, asked } = answeringCloud({ CreateCommit: answer });
    const differences = sourceRepository.diff(spec, empty);
    return { asked, done: sourceRepository.update(cloud, { key: 'main', spec }, empty, differences) };
  };

  test('is lacking where the repository is empty', () => {
    expect(sourceRepository.diff(spec, empty)).toEqual([{ path: 'branch', was: undefined, want: 'main' }]);
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

describe('an empty replica', () => {
  const refuse = (): never => {
    throw refusal('ResourceNotFoundException');
  };
  const replica = sourceRepository.specs(secondaryConfig())[0] as Wanted<SourceRepositorySpec>;
  const empty = { ...found(replica.spec.description), key: 'replica', empty: true };
  const content = [{ path: 'content', was: 'none', want: 'mirrored from us-east-1', deferred: true as const }];

  test('is filled last, once and not again while that may still be under way', () => {
    expect(sourceRepository.diff(replica.spec, empty)).toEqual(content);
    expect(sourceRepository.diff(replica.spec, { ...empty, beingFilled: true })).toEqual([]);
    expect(sourceRepository.diff(replica.spec, { ...empty, empty: false })).toEqual([]);
  });

  test.each([
    ['0 minutes', 0, true],
    ['79 minutes', 79, true],
    ['81 minutes', 81, false],
  ])('%s after the mirror was started: %p', async (_, minutes, beingFilled) => {
    const { cloud } = answeringCloud({
      GetRepository: () => ({ repositoryMetadata: { repositoryName: 'platform-app', Arn: empty.arn } }),
      ListTagsForResource: () => ({
        tags: {
          ...ownershipTags(scope, 'source-repository', 'replica'),
          'slipway:filled': new Date(Date.now() - minutes * 60_000).toISOString(),
        },
      }),
    });
    expect(await sourceRepository.list(cloud, {})).toMatchObject([{ empty: true, beingFilled }]);
  });

  test.each([
    ['is filled by the mirror, in the region of the source, and that is noted', {}, ['TagResource']],
    ['is left as it is where no mirror stands', { StartBuild: refuse }, []],
  ])('%s', async (_, answers, noted) => {
    const source = handlerCloud({ answers });
    const { cloud, asked } = answeringCloud({});
    await sourceRepository.update(cloud, replica, empty, content);
    expect(source.sent()).toEqual([
      { operation: 'StartBuild', region: 'us-east-1', input: { projectName: 'platform-mirror' } },
    ]);
    expect(asked).toEqual(noted);
    source.close();
  });
});
