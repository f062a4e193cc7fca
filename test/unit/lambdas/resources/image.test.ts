import { describe, expect, test } from '@jest/globals';
import { type ImageFound, image } from '../../../../lambdas/resources/image.ts';
import { answeringCloud, refusal } from '../../../support/answering-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';

const config = regionConfig();
const { digest, tag } = config.image;
const old = { digest: `sha256:${'9'.repeat(64)}`, tags: ['9999999999999999'] };
const spec = { repository: 'platform-app', ...config.image };
const found = (...images: ImageFound['images']): ImageFound => ({
  key: 'app',
  id: images[0]?.digest ?? '',
  repository: 'platform-app',
  images,
});

test('the image is the configured one in the region’s repository', () => {
  expect(image.specs(config)).toEqual([{ key: 'app', spec }]);
});

describe('diff', () => {
  test.each<[string, ImageFound, string[]]>([
    ['sees nothing where the image is there under both tags', found({ digest, tags: ['latest', tag] }), []],
    [
      'sees nothing where older images are there as well',
      found({ digest, tags: [tag, 'latest'] }, old, { digest: 'sha256:1', tags: [] }),
      [],
    ],
    ['sees that the image is missing', found({ ...old, tags: ['latest', ...old.tags] }), ['digest']],
    ['sees a push that died before the content tag', found({ digest, tags: ['latest'] }), ['tag']],
    [
      'sees latest on an older image',
      found({ digest, tags: [tag] }, { ...old, tags: ['latest', ...old.tags] }),
      ['latest'],
    ],
    ['sees that nothing is latest', found({ digest, tags: [tag] }), ['latest']],
    [
      'leaves latest on a build that the pipeline released later',
      found({ digest: 'sha256:2', tags: ['commit-0123456789ab', 'latest'] }, { digest, tags: [tag] }),
      [],
    ],
    [
      'takes latest when the app has changed since the pipeline’s last build',
      found({ digest: 'sha256:2', tags: ['commit-0123456789ab', 'latest'] }),
      ['digest'],
    ],
  ])('%s', (_, live, paths) => {
    expect(image.diff(spec, live).map(({ path }) => path)).toEqual(paths);
  });
});

test('its output is the digest', () => {
  expect(image.output(found({ digest, tags: [tag] }))).toEqual({ id: digest });
});

describe('images', () => {
  const list = (count: number) => ({
    imageDetails: Array.from({ length: count }, (_, index) => ({
      imageDigest: `sha256:${index}`,
      imagePushedAt: new Date((count - index) * 1000),
    })),
  });
  const ids = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, index) => ({ imageDigest: `sha256:${from + index}` }));

  test('go a hundred at a time, and twice, since an index goes before its images', async () => {
    let reads = 0;
    const { cloud, calls } = answeringCloud({
      DescribeImages: () => {
        reads += 1;
        return list(reads === 1 ? 101 : 1);
      },
    });
    await image.delete(cloud, found());
    const repositoryName = 'platform-app';
    expect(calls.filter(([operation]) => operation === 'BatchDeleteImage')).toEqual([
      ['BatchDeleteImage', { repositoryName, imageIds: ids(0, 100) }],
      ['BatchDeleteImage', { repositoryName, imageIds: ids(100, 101) }],
      ['BatchDeleteImage', { repositoryName, imageIds: ids(0, 1) }],
    ]);
    expect(calls[0]).toEqual(['DescribeImages', expect.objectContaining({ repositoryName })]);
  });

  const failing = (...codes: string[]) => {
    let passes = 0;
    return answeringCloud({
      DescribeImages: () => list(1),
      BatchDeleteImage: () => {
        const failureCode = codes[passes];
        passes += 1;
        return failureCode === undefined
          ? {}
          : { failures: [{ imageId: { imageDigest: 'sha256:0' }, failureCode, failureReason: 'it is in use' }] };
      },
    }).cloud;
  };
  test.each([
    ['an image that is gone is done', ['ImageNotFound', 'ImageNotFound']],
    ['an image that an index names may go in the second pass', ['ImageReferencedByManifestList']],
  ])('%s', async (_, codes) => {
    await expect(image.delete(failing(...codes), found())).resolves.toBe(undefined);
  });
  test.each([
    ['what ECR keeps for another reason', ['KmsError']],
    ['what an index still names in the second pass', ['ImageNotFound', 'ImageReferencedByManifestList']],
  ])('%s is told', async (_, codes) => {
    await expect(image.delete(failing(...codes), found())).rejects.toThrow(
      "image sha256:0 in platform-app can't be deleted: it is in use",
    );
  });
  test('of a repository that is gone are none', async () => {
    const { cloud, asked } = answeringCloud({
      DescribeImages: () => {
        throw refusal('RepositoryNotFoundException');
      },
    });
    await image.delete(cloud, found());
    expect(asked).toEqual(['DescribeImages', 'DescribeImages']);
  });
});
