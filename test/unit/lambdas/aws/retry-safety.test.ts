import {
  AllocateAddressCommand,
  CreateNatGatewayCommand,
  CreateTagsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from '@jest/globals';
import { TokenBucket, withRetrySafety } from '../../../../lambdas/aws/retry-safety.ts';

/** A client whose requests all fail in the same way, and how many of them there were. */
function failing(fail: () => unknown) {
  let requests = 0;
  const client = withRetrySafety(
    new EC2Client({
      region: 'us-east-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 's' },
      retryMode: 'standard',
      maxAttempts: 3,
      requestHandler: {
        handle: async () => {
          requests += 1;
          return fail() as never;
        },
      },
    }),
  );
  return { client, requests: () => requests };
}

const reset = (): never => {
  throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', name: 'TimeoutError' });
};
const refusing = (statusCode: number, code: string) => () => ({
  response: {
    statusCode,
    headers: {},
    body: Buffer.from(`<Response><Errors><Error><Code>${code}</Code><Message>m</Message></Error></Errors></Response>`),
  },
});

describe("the SDK's own retries", () => {
  const allocate = new AllocateAddressCommand({ Domain: 'vpc' });
  test('a create without a token is not repeated when no answer came: there may be an address already', async () => {
    const { client, requests } = failing(reset);
    await expect(client.send(allocate)).rejects.toThrow('socket hang up');
    expect(requests()).toBe(1);
  });
  test('nor after a 500, and the error is the service’s own', async () => {
    const { client, requests } = failing(refusing(500, 'InternalError'));
    await expect(client.send(allocate)).rejects.toMatchObject({ name: 'InternalError' });
    expect(requests()).toBe(1);
  });
  test('nor with a token for something else', async () => {
    const { client, requests } = failing(reset);
    const pages = { NotAClientToken: 't', ClientTokens: 't', ClientToken: undefined };
    await expect(client.send(new AllocateAddressCommand({ Domain: 'vpc', ...pages } as object))).rejects.toThrow();
    expect(requests()).toBe(1);
  });
  test('throttling made nothing, so it is repeated', async () => {
    const { client, requests } = failing(refusing(503, 'RequestLimitExceeded'));
    await expect(client.send(allocate)).rejects.toMatchObject({ name: 'RequestLimitExceeded' });
    expect(requests()).toBe(3);
  });
  test.each([
    ['with a token', new CreateNatGatewayCommand({ SubnetId: 's', ClientToken: 't' })],
    ['that reads', new DescribeVpcsCommand({})],
  ])('a call %s is repeated', async (_, command) => {
    const { client, requests } = failing(reset);
    await expect(client.send(command as DescribeVpcsCommand)).rejects.toThrow('socket hang up');
    expect(requests()).toBe(3);
  });
  test('a refusal is passed on at once', async () => {
    const { client, requests } = failing(refusing(400, 'VpcLimitExceeded'));
    await expect(client.send(new CreateTagsCommand({ Resources: ['r'], Tags: [] }))).rejects.toMatchObject({
      name: 'VpcLimitExceeded',
    });
    expect(requests()).toBe(1);
  });
});

test('a bucket gives its burst at once, and then lets wait in turn', () => {
  let now = 0;
  const bucket = new TokenBucket({ burst: 2, perSecond: 5 }, () => now);
  expect([bucket.take(), bucket.take(), bucket.take(), bucket.take()]).toEqual([0, 0, 200, 400]);
  now = 1000;
  expect(bucket.take()).toBe(0);
});
