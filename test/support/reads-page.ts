import { join } from 'node:path';
import type { RecordedCall } from '@slipway/local-cloud';
import { readReasons } from '../../infra/read-reasons.ts';
import { accountRolesPermissions } from '../../lambdas/aws/roles.ts';
import { taggedPermissions } from '../../lambdas/aws/tagged.ts';
import { zonePermissions } from '../../lambdas/aws/zones.ts';
import { allResources } from '../../lambdas/resources/all.ts';
import { quotaPermissions } from '../../lambdas/resources/quotas.ts';
import type { Permission } from '../../lambdas/resources/resource.ts';
import { kinds } from '../../workflow/stages.ts';
import { iamAction } from './iam-actions.ts';

export const readsPath = join(import.meta.dirname, '../../workflow/READS.md');

/** Set by `npm run reads`: the page is written instead of compared. */
export const writesReads = process.env.SLIPWAY_WRITE_READS !== undefined;

export const actionsOf = (permissions: readonly Permission[]): readonly string[] =>
  permissions.flatMap((permission) => (typeof permission === 'string' ? [permission] : permission.actions));

/** Who reads, and by which actions: the kinds, and the steps beside them. */
export const readers: readonly (readonly [name: string, actions: readonly string[]])[] = [
  ...kinds.map((kind) => [kind, actionsOf(allResources[kind].permissions.read)] as const),
  ['*zones*', zonePermissions],
  ['*quotas*', quotaPermissions],
  ['*all with tags*', taggedPermissions],
  ['role, service-linked-role', accountRolesPermissions],
  ['*lock*', ['states:DescribeExecution', 'states:ListExecutions', 'dynamodb:GetItem']],
  ['*report*', ['dynamodb:Query']],
  ['*states*', ['dynamodb:TransactGetItems']],
];

/** IAM's prefix by the service's name in a signature, where they differ. */
const prefixes: Readonly<Record<string, string>> = { monitoring: 'cloudwatch', tagging: 'tag' };

export const actionOf = ({ service, action }: Pick<RecordedCall, 'service' | 'action'>): string =>
  iamAction(`${prefixes[service] ?? service}:${action}`);

/** Slipway's own: its table, its progress topic and its bucket of plans. */
export const isOwn = (call: RecordedCall): boolean =>
  call.service === 'dynamodb' || ['sns:Publish', 's3:PutObject'].includes(actionOf(call));

/** workflow/READS.md, by the calls that the Lambdas made in a reconcile with nothing to do. */
export function readsPage(calls: readonly RecordedCall[], regions: readonly string[]): string {
  const [first] = regions;
  // IAM's are the account's, and sent from the region that asks first.
  const regionOf = (call: RecordedCall): string | undefined => (call.service === 'iam' ? first : call.region);
  const count = (action: string, region: string): number =>
    calls.filter((call) => actionOf(call) === action && regionOf(call) === region).length;
  const actions = Object.entries(readReasons).sort(([one], [other]) => (one < other ? -1 : 1));
  const rows = actions.map(([action, reason]) => [
    `\`${action}\``,
    ...regions.map((region) => String(count(action, region) || '–')),
    readers.flatMap(([name, reads]) => (reads.includes(action) ? [name] : [])).join(', '),
    reason,
  ]);
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const own = calls.filter(isOwn).length;
  return `# Reads

Written by \`npm run reads\` from \`infra/read-reasons.ts\` and the calls of a reconcile of the diagrams' platform that finds
nothing to do; a test compares it with the calls it records. A dash: not made then, but by a stage that changes something, or if
something is missing or in progress.

Such a reconcile makes **${calls.length} calls** in all: ${calls.length - own} read the platform, ${own} go to Slipway's own table, progress topic and bucket.
Calls to IAM concern the whole account; they are in the first column.

${line(['action', ...regions, 'for', 'why'])}
${line(['---', ...regions.map(() => '--:'), '---', '---'])}
${rows.map(line).join('\n')}
`;
}
