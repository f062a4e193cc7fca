import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Validated } from '../../../../workflow/documents.ts';
import { inputSchema } from '../../../../workflow/input.ts';
import { reachedItem } from '../../../support/handler-cloud.ts';
import { publicDigest, publicImage } from '../../../support/public-image.ts';
import { regionConfig } from '../../../support/region-config.ts';
import { type Answers, cloud, end, start, validate } from '../../../support/validating.ts';

beforeEach(start);
afterEach(end);

describe('what the app may have beyond the platform’s own', () => {
  const secret = (name: string, region = '{region}') =>
    `arn:aws:secretsmanager:${region}:123456789012:secret:${name}-AbCdEf`;
  const parameter = 'arn:aws:ssm:{region}:123456789012:parameter/shop/key';
  const role = 'arn:aws:iam::123456789012:role/app/reader';
  const trusting =
    (Service: string | readonly string[], Arn = role) =>
    () => ({
      Role: {
        Arn,
        AssumeRolePolicyDocument: encodeURIComponent(
          JSON.stringify({ Statement: { Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' } }),
        ),
      },
    });
  const there: Answers = {
    GetRole: trusting(['ec2.amazonaws.com', 'ecs-tasks.amazonaws.com']),
    DescribeSecret: () => ({}),
    DescribeParameters: () => ({ Parameters: [{ Name: '/shop/key' }] }),
  };

  test('is what `deploy` allowed, each region with its own', async () => {
    const app = { secrets: { TOKEN: `${secret('shop/token')}:key::`, KEY: parameter }, taskRoleArn: role };
    const { regions } = (await validate({ app }, [], there)) as Validated;
    expect(regions.map((each) => each.app)).toMatchObject(
      ['us-east-1', 'us-west-2'].map((region) => ({
        secrets: { TOKEN: `${secret('shop/token', region)}:key::`, KEY: parameter.replace('{region}', region) },
        taskRoleArn: role,
      })),
    );
    expect(cloud.sent('DescribeSecret').map(({ input }) => input)).toEqual(
      ['us-east-1', 'us-west-2'].map((region) => ({ SecretId: secret('shop/token', region) })),
    );
  });

  test.each([
    ['a secret', { secrets: { A: secret('common/token') } }],
    ['a parameter', { secrets: { A: parameter.replace('/shop/', '/common/') } }],
    ['a role', { taskRoleArn: 'arn:aws:iam::123456789012:role/batch' }],
  ])('may be anything of a list: %s', async (_, app) => {
    const GetRole = trusting('ecs-tasks.amazonaws.com', 'arn:aws:iam::123456789012:role/batch');
    await expect(validate({ app }, [], { ...there, GetRole })).resolves.toMatchObject({ verdict: 'go' });
  });

  test.each<[string, object, Answers, RegExp]>([
    [
      'a secret of others',
      { secrets: { A: secret('bank/token') } },
      there,
      /\$\.app\.secrets\.A: .*secret:bank\/token-AbCdEf is not one of .*deploy --secrets/,
    ],
    [
      'a role that tasks may not assume',
      { taskRoleArn: role },
      { GetRole: trusting('ec2.amazonaws.com') },
      /\$\.app\.taskRoleArn: .*role\/app\/reader does not trust ecs-tasks\.amazonaws\.com/,
    ],
    [
      'a role of that name under another path',
      { taskRoleArn: role },
      { GetRole: trusting('ecs-tasks.amazonaws.com', role.replace('app/', '')) },
      /role\/app\/reader does not exist/,
    ],
    [
      'a role that is not there',
      { taskRoleArn: role },
      {
        GetRole: () => {
          throw Object.assign(new Error('no'), { name: 'NoSuchEntityException' });
        },
      },
      /role\/app\/reader does not exist/,
    ],
    [
      'a secret of another account',
      { secrets: { A: secret('shop/x').replace('123456789012', '999999999999') } },
      there,
      /\$\.app\.secrets\.A: .* is not one of/,
    ],
    [
      'a parameter of others',
      { secrets: { A: parameter.replace('/shop/', '/bank/') } },
      there,
      /\$\.app\.secrets\.A: .* is not one of/,
    ],
    [
      'a role of others',
      { taskRoleArn: 'arn:aws:iam::123456789012:role/Admin' },
      there,
      /\$\.app\.taskRoleArn: .*role\/Admin is not one of .*app\/\*, .*role\/batch, .*deploy --task-roles/,
    ],
    [
      'a secret that one region lacks',
      { secrets: { A: secret('shop/x') } },
      {
        DescribeSecret: (_, region) => {
          if (region === 'us-west-2') throw Object.assign(new Error('none'), { name: 'ResourceNotFoundException' });
          return {};
        },
      },
      /\$\.app\.secrets\.A: \S+us-west-2\S+, which us-west-2 would use, does not exist/,
    ],
    [
      'a secret that is about to be deleted',
      { secrets: { A: secret('shop/x') } },
      { DescribeSecret: () => ({ DeletedDate: new Date() }) },
      /does not exist/,
    ],
    [
      'a parameter that is not there',
      { secrets: { A: parameter } },
      { DescribeParameters: () => ({}) },
      /does not exist/,
    ],
  ])('%s is refused before anything changes', async (_, app, answers, problem) => {
    await expect(validate({ app }, [], answers)).rejects.toThrow(problem);
    expect(cloud.items()).toEqual([]);
  });
});

describe('an image of the user’s own', () => {
  const name = `registry.example/acme/shop@${publicDigest}`;

  test('is what is deployed; the pipeline still builds on the base image', async () => {
    const { regions } = (await validate({ app: { image: name } })) as Validated;
    expect(regions.map(({ image }) => image)).toEqual(
      Array(2).fill({
        base: publicImage,
        digest: publicDigest,
        tag: publicDigest.slice(7, 23),
      }),
    );
  });

  test('that its registry does not give to everybody is refused by its path', async () => {
    globalThis.fetch = async () => new Response('no', { status: 403 });
    await expect(validate({ app: { image: name } })).rejects.toThrow(
      /\$\.app\.image: GET registry\.example\/acme\/shop\/manifests\/\S+ the registry answered 403 .*: name an image for linux\/amd64 that can be pulled without credentials/,
    );
    expect(cloud.items()).toEqual([]);
  });

  test('at an address that only the function can reach is refused unread', async () => {
    globalThis.fetch = async () => {
      throw new Error('fetched');
    };
    await expect(validate({ app: { image: name.replace('registry.example', '169.254.169.254') } })).rejects.toThrow(
      /\$\.app\.image: image 169\.254\.169\.254\/acme\/shop@\S+ is on 169\.254\.169\.254, which is not a public host/,
    );
    expect(cloud.items()).toEqual([]);
  });

  test('that was read by an earlier run is not read again', async () => {
    const app = { image: name };
    const known = { ...reachedItem(regionConfig()), input: inputSchema.parse({ app }) };
    globalThis.fetch = async () => new Response('gone', { status: 404 });
    const { regions } = (await validate({ app }, [known])) as Validated;
    expect(regions[0]?.image.digest).toBe(regionConfig().image.digest);
  });
});
