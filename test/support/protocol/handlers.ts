import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { nothingAllowed } from '../../../workflow/allowances.ts';
import type { PlanSummary } from '../../../workflow/documents.ts';
import { stages } from '../../../workflow/stages.ts';
import { functions, stageTimeoutSeconds } from '../../../workflow/steps.ts';
import { publicImage } from '../public-image.ts';
import type { Execution } from './execution.ts';

type Handler = (event: unknown, context: Context) => Promise<unknown>;

const root = join(import.meta.dirname, '../../..');
const files = [
  ...Object.entries(functions).map(([name, { file }]) => [name, file] as const),
  ...stages.map(({ name }) => [name, `lambdas/stages/${name}.ts`] as const),
];

/** By the functions' names. */
export const handlers = new Map<string, Handler>();
for (const [name, file] of files) {
  const { handler } = (await import(join(root, file))) as { handler: Handler };
  handlers.set(name, handler);
}

/** Their environment variables, of all of them together. */
export const environment = {
  APPROVALS_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:slipway-approvals',
  APPROVAL_URL: 'https://approvals',
  BASE_IMAGE: publicImage,
  SECRET_PREFIXES: nothingAllowed.secretPrefix,
  TASK_ROLES: nothingAllowed.taskRole,
  MAX_RERUNS: '2',
  PERMISSIONS_BOUNDARY_ARN: 'arn:aws:iam::123456789012:policy/slipway/platform-boundary',
  PLANS_BUCKET: 'plans',
  PROVISION_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:slipway-provision',
  REFUSED_QUEUE_URL: 'https://queue',
  // Reads of this platform lag behind nothing.
  SETTLE_SECONDS: '0',
};

export const timeoutOf = (name: string): number =>
  (functions as Readonly<Record<string, { timeoutSeconds: number }>>)[name]?.timeoutSeconds ?? stageTimeoutSeconds;

/** The question that is being answered: by its id on its page, by execution and digest where it is asked again. */
export const questionIn = (payload: unknown): string => {
  const { pathParameters, execution, plan } = payload as {
    readonly pathParameters?: { readonly id: string };
    readonly execution?: Execution;
    readonly plan?: PlanSummary;
  };
  return pathParameters?.id ?? `${execution?.arn} ${plan?.digest}`;
};
