import { describe, expect, test } from '@jest/globals';
import { InputError, TransientError } from '../../../../lambdas/errors.ts';
import { inReach } from '../../../../lambdas/steps/in-reach.ts';

const regions = [{ region: 'us-east-1' }, { region: 'us-west-2' }];
const down =
  (...names: string[]) =>
  async ({ region }: { region: string }): Promise<string> => {
    if (names.includes(region)) throw Object.assign(new Error('reset'), { code: 'ECONNRESET' });
    return `seen ${region}`;
  };

describe('inReach', () => {
  test('every region answers', async () => {
    expect(await inReach(regions, 0, down())).toEqual({ seen: ['seen us-east-1', 'seen us-west-2'], unreachable: [] });
  });
  test('one that does not answer is asked again first', async () => {
    await expect(inReach(regions, 2, down('us-west-2'))).rejects.toThrow(TransientError);
  });
  test('and then left out, with the reason', async () => {
    expect(await inReach(regions, 3, down('us-west-2'))).toMatchObject({
      seen: ['seen us-east-1'],
      unreachable: [{ region: 'us-west-2', error: { Error: 'TransientError' } }],
    });
  });
  test('nothing is done when none answers', async () => {
    await expect(inReach(regions, 9, down('us-east-1', 'us-west-2'))).rejects.toThrow(TransientError);
  });
  test('one that denies it has answered', async () => {
    const deny = async (): Promise<never> => {
      const metadata = { name: 'UnauthorizedOperation', $metadata: { httpStatusCode: 403 } };
      throw Object.assign(new Error('You are not authorized to perform this operation.'), metadata);
    };
    await expect(inReach(regions, 9, deny)).rejects.toMatchObject({
      name: 'DeniedError',
      message: expect.stringMatching(/^could not read us-east-1: UnauthorizedOperation: /),
    });
  });
  test('what waiting does not mend fails at once', async () => {
    const refuse = async (): Promise<never> => {
      throw new InputError('bad');
    };
    await expect(inReach(regions, 9, refuse)).rejects.toThrow(InputError);
  });
});
