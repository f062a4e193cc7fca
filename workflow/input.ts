import * as z from 'zod';
import { network, overlap } from './cidr.ts';
import { app } from './input-app.ts';
import { tags } from './input-tags.ts';
import { nameProblems } from './name-rules.ts';
import { type Problem, problemsOf, stepTo, valueAt } from './problems.ts';
import { reference } from './references.ts';
import { knownRegions } from './regions.ts';
import { branchName } from './source.ts';

/** Days of retention that CloudWatch Logs accepts (PutRetentionPolicy). */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

const privateRanges = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10'].map(network);

/** The last /24 that subnets use is number 10 + 4 zones, so a VPC needs 16 of them: a /20. AWS's largest is a /16. */
const cidr = z
  .cidrv4({ error: 'write it as a network, for example 10.0.0.0/16', abort: true })
  .superRefine((value, context) => {
    const refuse = (message: string): void => context.addIssue({ code: 'custom', message, input: value });
    const prefix = Number(value.split('/')[1]);
    const { first, size } = network(value);
    if (prefix < 16 || prefix > 20) return refuse(`the prefix /${prefix} must be between /16 and /20`);
    if (first % size !== 0) return refuse(`the address has host bits set: it is not the start of a /${prefix}`);
    if (!privateRanges.some((range) => first >= range.first && first + size <= range.first + range.size)) {
      refuse('it must lie in a private range: 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10');
    }
  });

/** One address. */
export const email = z.email('not an e-mail address');

const emails = z.array(email).max(10, 'at most 10 addresses');

const region = z.strictObject({
  region: z.enum(knownRegions, { error: 'not a region that Slipway knows' }).describe('AWS region'),
  cidr: cidr.describe('IPv4 network of the VPC, /16 to /20'),
  certificateArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]+$/, 'not the ARN of an ACM certificate')
    .optional()
    .describe('ACM certificate in the region: adds HTTPS on 443 and redirects 80 to it'),
});

const alarms = z.strictObject({
  cpuPercent: z.number().gt(0).lt(100).default(80),
  memoryPercent: z.number().gt(0).lt(100).default(80),
  http5xxCount: z.int().min(0).max(1_000_000).default(10),
  responseSeconds: z.number().gt(0).max(60).default(1),
  unhealthyTargets: z.int().min(0).max(100).default(0),
  periodSeconds: z
    .int()
    .multipleOf(60, 'CloudWatch counts in whole minutes')
    .min(60)
    .max(3600)
    .default(300)
    .describe('length of one evaluation period'),
  emails: emails.default([]).describe('who gets a mail when an alarm goes off; [] is nobody'),
});

export const regionsSchema = z
  .array(region)
  .min(1, 'name at least one region')
  .max(16, 'at most 16 regions: workflow/SCALE.md says what is in the way of more');

export const deploymentName = z
  .string()
  .regex(/^[a-z](?!.*--)[a-z0-9-]{0,18}[a-z0-9]$/, '2 to 20 of a-z, 0-9 and single hyphens, starting with a letter')
  .default('platform');

/** Seven days. */
export const longestApprovalMinutes = 7 * 24 * 60;

const timeoutMinutes = z
  .int()
  .min(5)
  .max(longestApprovalMinutes)
  .default(1_440)
  .describe('no answer by then is a rejection');

/** Settings of the approval, in the inputs of all machines. */
export const approvalSchema = z.strictObject({ timeoutMinutes }).prefault({});

/** US dollars, as workflow/prices.ts counts them. */
const price = z.number().min(0).max(10_000).optional();
const prices = z.strictObject({
  natGateway: price,
  publicAddress: price,
  loadBalancer: price,
  vcpu: price,
  gigabyte: price,
  logGigabyte: price,
  alarm: price,
});

const pipeline = z.strictObject({
  branch: branchName.default('main'),
  source: z
    .strictObject({
      connectionArn: z
        .string()
        .regex(
          /^arn:aws[a-z-]*:(codeconnections|codestar-connections):[a-z0-9-]+:\d{12}:connection\/[0-9a-f-]{36}$/,
          'not the ARN of a connection (CodeConnections)',
        ),
      repository: z.string().regex(/^[\w.-]+(\/[\w.-]+)+$/, 'not owner/name'),
    })
    .exactOptional()
    .describe('a repository of GitHub, GitLab or Bitbucket instead of one in CodeCommit'),
  approvalEmails: emails.default([]).describe("who is asked by the pipeline's own approval; [] is nobody"),
});

/** Who gets mails where an input does not say: set at `slipway deploy`. */
export interface Addressees {
  readonly approvalEmails: readonly string[];
  readonly alarmEmails: readonly string[];
}

/** The execution input. `{}` is the platform of the diagrams; every number of theirs is a default here. */
export const inputSchema = z.strictObject({
  Comment: z.unknown().optional().describe('what the console fills in; ignored'),
  mode: z
    .enum(['provision', 'reconcile', 'plan'])
    .default('provision')
    .describe('reconcile: correct drift from what was approved last; plan: change nothing'),
  deployment: deploymentName,
  regions: regionsSchema
    .default([
      { region: 'us-east-1', cidr: '10.0.0.0/16' },
      { region: 'us-west-2', cidr: '10.1.0.0/16' },
    ])
    .describe('the first is the primary, where CI/CD lives'),
  tags: tags.default({}).describe("tags of the user's own, on everything that can carry tags"),
  zoneCount: z.int().min(2, 'a load balancer needs two zones').max(4).default(2),
  app: app.prefault({}),
  alarms: alarms.prefault({}),
  logRetentionDays: z
    .int()
    .refine(
      (days) => retentionDays.includes(days),
      `CloudWatch Logs keeps logs for one of ${retentionDays.join(', ')} days`,
    )
    .default(30),
  pipeline: pipeline.prefault({}),
  approval: z
    .strictObject({
      timeoutMinutes,
      safeRepairs: z
        .boolean()
        .default(false)
        .describe(
          'a reconcile repairs network and monitoring without asking, unless that replaces or deletes something',
        ),
    })
    .prefault({}),
  prices: z
    .partialRecord(z.enum(knownRegions, { error: 'not a region that Slipway knows' }), prices)
    .default({})
    .describe('prices of your own for the estimate, by region: US dollars an hour, a GB of logs, or an alarm a month'),
});

/** A valid input with every default filled in. */
export type Input = z.output<typeof inputSchema>;

export type ParsedInput = { readonly input: Input } | { readonly problems: readonly Problem[] };

const schemaFor = ({ approvalEmails, alarmEmails }: Addressees) =>
  inputSchema.extend({
    alarms: alarms.extend({ emails: emails.prefault([...alarmEmails]) }).prefault({}),
    pipeline: pipeline.extend({ approvalEmails: emails.prefault([...approvalEmails]) }).prefault({}),
  });

/**
 * Reads an execution input; finds all problems at once. Step Functions makes `{}` of a start without input: null is an
 * input that got lost, and is refused.
 * @param addressees who gets mails where the input names nobody, not even `[]`
 */
export function parseInput(raw: unknown, addressees?: Addressees): ParsedInput {
  const result = (addressees === undefined ? inputSchema : schemaFor(addressees)).safeParse(raw);
  const problems = [
    ...(result.success ? [] : problemsOf(raw, result.error)),
    ...clashes(valueAt(raw, ['regions'])),
    ...nameClashes(raw),
    ...unusable(raw, '$'),
  ];
  return result.success && problems.length === 0 ? { input: result.data } : { problems };
}

/** What no schema looks for: texts and names that would become others on their way. */
const unusable = (value: unknown, path: string): readonly Problem[] => {
  if (typeof value === 'string') return textProblems(value).map((message) => ({ path, message }));
  if (Array.isArray(value)) return value.flatMap((each, index) => unusable(each, `${path}[${index}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) => [
    // Objects lose it silently, since they all have one.
    ...(name === '__proto__' ? [{ path: stepTo(path, name), message: 'this name is not available: use another' }] : []),
    ...unusable(each, stepTo(path, name)),
  ]);
};

/** A reference the engine would replace (any other `${…}` is plain text to it), UTF-8 has no surrogates, and C's texts end at NUL. */
const textProblems = (text: string): readonly string[] => [
  ...[...text.matchAll(reference)].map(
    ([found, kind, key, attribute]) =>
      `${found} stands for the ${attribute} of ${kind}/${key} in Slipway: write it in another way`,
  ),
  ...(text.isWellFormed() && !text.includes('\0')
    ? []
    : ['it holds NUL (\\u0000) or half of a surrogate pair (\\ud800 to \\udfff alone), which no program can be given']),
];

/**
 * Why AWS would refuse resources of a deployment of that name. Existing deployments are not held to it: neither a
 * reconcile nor a destroy nor a stored input is checked.
 */
function nameClashes(raw: unknown): readonly Problem[] {
  const { data: name } = deploymentName.safeParse(valueAt(raw, ['deployment']));
  if (name === undefined || valueAt(raw, ['mode']) === 'reconcile') return [];
  return nameProblems(name).map((message) => ({ path: '$.deployment', message }));
}

/** Conflicts between regions. Checks every well-formed entry, whatever the others are. */
function clashes(regions: unknown): readonly Problem[] {
  const entries = (Array.isArray(regions) ? regions : []).map((entry) => region.safeParse(entry).data);
  return entries.flatMap((one, index) => {
    if (one === undefined) return [];
    const at = (key: string, message: string): Problem => ({ path: `$.regions[${index}].${key}`, message });
    const certificateRegion = one.certificateArn?.split(':')[3];
    return [
      ...entries
        .slice(0, index)
        .flatMap((other, otherIndex) => [
          ...(one.region === other?.region ? [at('region', `${one.region} is already regions[${otherIndex}]`)] : []),
          ...(other !== undefined && overlap(network(one.cidr), network(other.cidr))
            ? [at('cidr', `${one.cidr} overlaps ${other.cidr} of regions[${otherIndex}]`)]
            : []),
        ]),
      ...(certificateRegion !== undefined && certificateRegion !== one.region
        ? [at('certificateArn', `the certificate is in ${certificateRegion}, not in ${one.region}`)]
        : []),
    ];
  });
}
