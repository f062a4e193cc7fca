import { beforeEach, describe, expect, test } from '@jest/globals';
import { ResourceFailedError, TransientError } from '../../../../lambdas/errors.ts';
import { composeImage, planImage, pushImage } from '../../../../lambdas/image/image.ts';
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

describe('what a registry refuses, and how it fails', () => {
  test.each([
    ['429 may be repeated', 429, TransientError],
    ['503 may be repeated', 503, TransientError],
    ['403 is final', 403, ResourceFailedError],
  ])('%s', async (_, status, error) => {
    const { image, source: from } = await composeImage(publishBase(source), app);
    target.fault = (call) => (call.startsWith('POST') ? { status, body: 'why not' } : undefined);
    const pushed = pushImage(image, from, open(target), [image.tag]);
    await expect(pushed).rejects.toThrow(error);
    await expect(pushed).rejects.toThrow(/POST .* the registry answered \d+ why not/);
  });

  test('an upload that the registry hangs up on may be tried again', async () => {
    const { image, source: from } = await composeImage(publishBase(source), app);
    target.hangUp = true;
    await expect(pushImage(image, from, open(target), [image.tag])).rejects.toThrow(TransientError);
  });

  test('an upload that is refused before it is read ends, and may be tried again', async () => {
    target.busy = true;
    // More than the sockets' buffers take.
    const bytes = new Uint8Array(32 * 1024 * 1024);
    const digest = digestOf(bytes);
    const push = open(target).pushBlob({ mediaType: gzip, digest, size: bytes.length }, async () => bytes);
    await expect(push).rejects.toThrow(TransientError);
  });

  test('what is asked too much is asked again', async () => {
    let busy = 2;
    target.fault = () => (busy-- > 0 ? { status: 429 } : undefined);
    expect(await open(target).hasBlob(digestOf(new Uint8Array()))).toBe(false);
    expect(target.calls).toHaveLength(3);
  });

  test('a refused upload is told with its answer', async () => {
    const { image, source: from } = await composeImage(publishBase(source), app);
    target.fault = (call) => (call.startsWith('PUT') ? { status: 413, body: 'too large' } : undefined);
    await expect(pushImage(image, from, open(target), [image.tag])).rejects.toThrow(/PUT .* answered 413 too large/);
  });

  test('a registry that is not there may be tried again', async () => {
    const { image, source: from } = await composeImage(publishBase(source), app);
    await target.stop();
    await expect(pushImage(image, from, open(target), [image.tag])).rejects.toThrow(TransientError);
  });
});

describe('access', () => {
  test('a public registry is asked for an anonymous token, once', async () => {
    source.bearer = { token: 'T', scope: 'repository:base/app:pull' };
    await planImage(publishBase(source), app);
    expect(source.calls.filter((call) => call === 'GET /token').length).toBe(1);
  });

  test('credentials are sent as ECR wants them', async () => {
    target.basic = 'AWS:secret';
    const { image, source: from } = await composeImage(publishBase(source), app);
    await pushImage(image, from, open(target, { username: 'AWS', password: 'secret' }), [image.tag]);
    expect(target.manifests.has(image.tag)).toBe(true);
  });

  test('wrong credentials are final', async () => {
    target.basic = 'AWS:secret';
    const wrong = open(target, { username: 'AWS', password: 'guess' });
    await expect(wrong.manifestDigest('latest')).rejects.toThrow(/answered 401/);
  });

  test('credentials are not sent to where the registry has its uploads', async () => {
    const elsewhere = await startRegistry();
    target.basic = 'AWS:secret';
    target.uploads = elsewhere.url;
    const bytes = Buffer.from('blob');
    const repository = open(target, { username: 'AWS', password: 'secret' });
    const blob = { mediaType: gzip, digest: digestOf(bytes), size: bytes.length };
    expect(await repository.pushBlob(blob, async () => bytes)).toBe(true);
    expect(elsewhere.headers.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  test('a token is not fetched over an unencrypted line', async () => {
    source.fault = () => ({ status: 401, headers: { 'www-authenticate': 'Bearer realm="http://example.com/token"' } });
    await expect(open(source).hasBlob(digestOf(baseLayer))).rejects.toThrow(/not a public host over https/);
  });

  test('a blob elsewhere is fetched from there, without the credentials', async () => {
    const elsewhere = await startRegistry();
    const blob = elsewhere.blob(baseLayer, gzip);
    source.basic = 'AWS:secret';
    source.fault = (call) =>
      call.startsWith('GET')
        ? { status: 307, headers: { location: `${elsewhere.url}/v2/base/app/blobs/${blob.digest}` } }
        : undefined;
    const fetched = await open(source, { username: 'AWS', password: 'secret' }).document(blob);
    expect(digestOf(fetched)).toBe(blob.digest);
    expect([...source.headers, ...elsewhere.headers].map(({ authorization }) => authorization?.split(' ')[0])).toEqual([
      'Basic',
      undefined,
    ]);
  });

  test.each([
    [
      'where only this function can go',
      'http://169.254.169.254/latest/meta-data',
      /sends to http:\/\/169\.254\.169\.254, which is not/,
    ],
    ['nowhere', 'http://', /sends to no URL/],
    ['round in a circle', '/v2/base/app/again', /more than 5 redirects/],
  ])('a registry that sends %s is not followed', async (_, location, message) => {
    source.fault = () => ({ status: 302, headers: { location } });
    const asked = open(source).manifest(digestOf(baseLayer));
    await expect(asked).rejects.toThrow(ResourceFailedError);
    await expect(asked).rejects.toThrow(message);
  });
});
