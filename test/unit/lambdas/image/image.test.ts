import { beforeEach, describe, expect, test } from '@jest/globals';
import { ResourceFailedError, TransientError } from '../../../../lambdas/errors.ts';
import { composeImage, copiedImage, planCopy, planImage, pushImage } from '../../../../lambdas/image/image.ts';
import { digestOf } from '../../../../lambdas/image/reference.ts';
import { baseLayer, gzip, publishBase } from '../../../support/base-image.ts';
import { type FakeRegistry, open, useRegistries } from '../../../support/fake-registry.ts';

const app = new URL('../../../../app', import.meta.url).pathname;

const startRegistry = useRegistries();
let source: FakeRegistry;
let target: FakeRegistry;
beforeEach(async () => {
  source = await startRegistry();
  target = await startRegistry();
});

const sent = (registry: FakeRegistry): string[] => registry.calls.filter((call) => /^(POST|PUT)/.test(call));

describe('planning an image', () => {
  test('reads manifests and configuration, and no layer', async () => {
    const reference = publishBase(source);
    const planned = await planImage(reference, app);
    expect(planned.base).toBe(reference);
    expect(planned.tag).toBe(planned.digest.slice(7, 23));
    expect(source.calls.map((call) => call.replace(/sha256:.*/, ''))).toEqual([
      'GET /v2/base/app/manifests/',
      'GET /v2/base/app/manifests/',
      'GET /v2/base/app/blobs/',
    ]);
    expect(source.calls.some((call) => call.endsWith(digestOf(baseLayer)))).toBe(false);
  });

  test('refuses a manifest that is not what its digest says', async () => {
    const reference = publishBase(source);
    const found = source.manifests.get(reference.split('@')[1] ?? '');
    if (found !== undefined) found.bytes = Buffer.concat([found.bytes, Buffer.from(' ')]);
    await expect(planImage(reference, app)).rejects.toThrow(/has the digest sha256:\w+ instead of/);
  });

  test('refuses a configuration that is not what its digest says', async () => {
    const reference = publishBase(source);
    for (const [digest, bytes] of source.blobs)
      if (bytes !== baseLayer)
        source.blobs.set(digest, Buffer.from(Buffer.from(bytes).toString().replace('usr', 'opt')));
    await expect(planImage(reference, app)).rejects.toThrow(/has the digest sha256:\w+ instead of/);
  });

  test('refuses a base that the registry does not have, with what it answered', async () => {
    const reference = publishBase(source);
    source.manifests.clear();
    await expect(planImage(reference, app)).rejects.toThrow(ResourceFailedError);
    await expect(planImage(reference, app)).rejects.toThrow(
      /GET 127\.0\.0\.1:\d+\/base\/app\/manifests\/\S+ the registry answered 404/,
    );
  });

  test('refuses a base whose index lies about the platform', async () => {
    await expect(planImage(publishBase(source, 'arm64'), app)).rejects.toThrow(/is for linux\/arm64/);
  });
});

describe('an image of the user’s own', () => {
  test('is copied as it stands: the platform’s manifest, and every blob', async () => {
    const reference = publishBase(source);
    const [manifest = ''] = source.manifests.keys();
    const { image, source: from } = await copiedImage(reference);
    expect([image.digest, await planCopy(reference)]).toEqual([
      manifest,
      { digest: manifest, tag: manifest.slice(7, 23) },
    ]);
    await pushImage(image, from, open(target), ['latest', image.tag]);
    expect(target.manifests.get(manifest)?.bytes).toEqual(source.manifests.get(manifest)?.bytes);
    expect([...target.blobs.keys()].toSorted()).toEqual([...source.blobs.keys()].toSorted());
  });

  test('for another platform is refused', async () => {
    await expect(planCopy(publishBase(source, 'arm64'))).rejects.toThrow(/is for linux\/arm64/);
  });
});

describe('pushing an image', () => {
  test('sends every blob and puts the manifest under every tag', async () => {
    const { image, source: from } = await composeImage(publishBase(source), app);
    await pushImage(image, from, open(target), ['latest', image.tag]);
    expect([...target.manifests.keys()]).toEqual([image.digest, 'latest', image.tag]);
    expect([...target.blobs.keys()]).toEqual([digestOf(baseLayer), image.app.digest, image.config.digest]);
    expect(Buffer.compare(target.blobs.get(digestOf(baseLayer)) ?? Buffer.from(''), baseLayer)).toBe(0);
  });

  test('tells the length of a streamed blob instead of sending it in chunks', async () => {
    const { image, source: from } = await composeImage(publishBase(source), app);
    await pushImage(image, from, open(target), [image.tag]);
    const upload = target.headers[target.calls.findIndex((call) => call.startsWith('PUT'))];
    expect([upload?.['content-length'], upload?.['transfer-encoding']]).toEqual([`${baseLayer.length}`, undefined]);
  });

  test.each([
    ['where tags are immutable', { immutable: true }],
    // Distribution specification, "Pulling manifests": the registry SHOULD send it.
    ['where the registry does not name digests', { namesDigests: false }],
  ])('sends nothing the second time, also %s', async (_, over) => {
    Object.assign(target, over);
    const { image, source: from } = await composeImage(publishBase(source), app);
    await pushImage(image, from, open(target), ['latest', image.tag]);
    const before = sent(target).length;
    await pushImage(image, from, open(target), ['latest', image.tag]);
    expect(sent(target).length).toBe(before);
  });

  test('does not fetch a base layer that the target has', async () => {
    const { image, source: from } = await composeImage(publishBase(source), app);
    target.blob(baseLayer, gzip);
    await pushImage(image, from, open(target), [image.tag]);
    expect(source.calls.some((call) => call.endsWith(digestOf(baseLayer)))).toBe(false);
    expect(sent(target).filter((call) => call.startsWith('POST')).length).toBe(2);
  });

  test('completes a push that died before its last tag', async () => {
    const { image, source: from } = await composeImage(publishBase(source), app);
    await pushImage(image, from, open(target), ['latest']);
    await pushImage(image, from, open(target), ['latest', image.tag]);
    expect(target.manifests.has(image.tag)).toBe(true);
  });

  test('stops at a base layer that is not what its digest says, and leaves no manifest', async () => {
    const { image, source: from } = await composeImage(publishBase(source), app);
    source.blobs.set(digestOf(baseLayer), Buffer.alloc(baseLayer.length, 'other'));
    await expect(pushImage(image, from, open(target), [image.tag])).rejects.toThrow(
      /has the digest sha256:\w+ instead of sha256:/,
    );
    expect([target.blobs.size, target.manifests.size]).toEqual([0, 0]);
  });

  test('may be repeated after a base layer that ended early', async () => {
    const { image, source: from } = await composeImage(publishBase(source), app);
    source.blobs.set(digestOf(baseLayer), baseLayer.subarray(0, 1000));
    await expect(pushImage(image, from, open(target), [image.tag])).rejects.toThrow(TransientError);
  });

  test('stops at a base layer that is longer than announced', async () => {
    const { image, source: from } = await composeImage(publishBase(source), app);
    source.blobs.set(digestOf(baseLayer), Buffer.alloc(baseLayer.length + 1));
    await expect(pushImage(image, from, open(target), [image.tag])).rejects.toThrow(/longer than/);
  });

  test('fails where the registry does not have the image afterwards', async () => {
    const { image, source: from } = await composeImage(publishBase(source), app);
    target.fault = (call) => (call === `HEAD /v2/base/app/manifests/${image.digest}` ? { status: 404 } : undefined);
    await expect(pushImage(image, from, open(target), [image.tag])).rejects.toThrow(/not in the registry after/);
  });
});
