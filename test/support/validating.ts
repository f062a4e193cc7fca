import { handler } from '../../lambdas/steps/validate.ts';
import { inputSchema } from '../../workflow/input.ts';
import { context, type HandlerCloud, handlerCloud, reachedItem, whole } from './handler-cloud.ts';
import { tags } from './ownership.ts';
import { fetchPublicImage, publicImage } from './public-image.ts';
import { regionConfig, secondaryConfig } from './region-config.ts';

// *Validate input* of one execution, on a cloud that each test makes.

export type Items = readonly Readonly<Record<string, unknown>>[];

export const arnOf = (name: string) => `arn:aws:states:us-east-1:123456789012:execution:slipway-provision:${name}`;
export const execution = { arn: arnOf('run'), name: 'run', startedAt: '2026-01-01T00:00:00.000Z' };
export const own = 'DEPLOYMENT#platform';
export const boundary = 'arn:aws:iam::123456789012:policy/slipway/platform-boundary';

export let cloud: HandlerCloud;
const { fetch } = globalThis;

/** For `beforeEach`: the public image's registry answers. */
export const start = (): void => {
  globalThis.fetch = fetchPublicImage;
};

/** For `afterEach`. */
export const end = (): void => {
  globalThis.fetch = fetch;
  cloud.close();
};

export const zones = (region: string) => ({
  AvailabilityZones: ['a', 'b', 'c'].map((letter) => ({
    ZoneName: `${region}${letter}`,
    ZoneId: `${region}-az-${letter}`,
    ZoneType: 'availability-zone',
    State: 'available',
  })),
});
export const lost = (): never => {
  throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
};
export type Answers = Readonly<Record<string, (input: object, region: string) => object>>;

export const validate = async (input: unknown, items: Items = [], answers: Answers = {}, attempt?: number) => {
  cloud = handlerCloud({
    items,
    answers: { DescribeAvailabilityZones: (_, region) => zones(region), ...answers },
    environment: {
      BASE_IMAGE: publicImage,
      PERMISSIONS_BOUNDARY_ARN: boundary,
      APPROVER_EMAIL: 'approver@example.com',
      ALARM_EMAIL: '',
      SECRET_PREFIXES: 'shop/,common/',
      TASK_ROLES: 'arn:aws:iam::123456789012:role/app/*,arn:aws:iam::123456789012:role/batch',
    },
  });
  return whole(
    execution.arn,
    await handler({ input, execution, ...(attempt === undefined ? {} : { attempt }) }, context),
  );
};

/** Two regions in which an earlier run built. */
export const reached: Items = [regionConfig(), secondaryConfig()].map(reachedItem);
export const approved = { pk: own, sk: 'CONFIG', input: inputSchema.parse({ approval: { timeoutMinutes: 60 } }) };
export const held = { pk: own, sk: 'LOCK', holder: arnOf('other'), fence: 6 };
export const running: Answers = { DescribeExecution: () => ({ status: 'RUNNING' }) };
export const standing: Answers = {
  DescribeVpcs: (_, region) => ({
    Vpcs: [{ CidrBlock: region === 'us-east-1' ? '10.0.0.0/16' : '10.1.0.0/16', Tags: tags('vpc', 'main') }],
  }),
};
export const written = () =>
  cloud.items().map(
    ({ pk, sk }) =>
      `${pk} ${String(sk)
        .replace(/#2\d{3}-.*Z/, '#now')
        .replace(/#[0-9a-f]{64}/, '#hash')}`,
  );
export const event = () => cloud.items().find(({ sk }) => String(sk).startsWith('EVENT#'));
