import type { Cloud } from '../../lambdas/aws/cloud.ts';

/** For units that take a cloud and must not call it. */
export const noCloud: Cloud = {
  scope: { deployment: 'platform', account: '1', partition: 'aws', region: 'us-east-1' },
  client: () => {
    throw new Error('a unit test reaches no cloud');
  },
};
