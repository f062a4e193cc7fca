import { describe, expect, test } from '@jest/globals';
import { type ImageFound, image } from '../../../../lambdas/resources/image.ts';
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
