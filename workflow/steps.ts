/**
 * The steps around the stages, and the Lambdas that carry them out: the definitions, the functions with their bundles and
 * permissions, and the progress view read these two tables, as they read workflow/stages.ts for the stages.
 */
import type { RootMachine } from './machines.ts';
import { type RemovalName, removalOf, type StageName, stages } from './stages.ts';

interface Step {
  /** What people read. */
  readonly title: string;
  /** Where a machine's progress view lists it: before or after the regions. Absent: it has no row. */
  readonly rows?: Partial<Readonly<Record<RootMachine, 'before' | 'after'>>>;
  /** It asks people. */
  readonly asks?: true;
  /** Its end is published even to people who don't want a mail for each step. */
  readonly milestone?: true;
}

/** By their names in events, in the order in which they happen. */
const steps = {
  validate: { title: 'Validate input', rows: { provision: 'before', destroy: 'before' } },
  plan: { title: 'Plan', rows: { provision: 'before' }, milestone: true },
  inventory: { title: 'List resources', rows: { destroy: 'before' } },
  'approve-changes': { title: 'Approve changes', rows: { provision: 'before' }, asks: true, milestone: true },
  'approve-removal': { title: 'Approve removal', rows: { destroy: 'before' }, asks: true, milestone: true },
  'provision-regions': { title: 'Provision regions' },
  'approve-production': { title: 'Approve production', rows: { provision: 'after' }, asks: true, milestone: true },
  'promote-regions': { title: 'Promote regions' },
  'remove-orphans': { title: 'Remove orphans' },
  'destroy-regions': { title: 'Destroy regions' },
  summarise: { title: 'Summarise', rows: { provision: 'after', destroy: 'after' }, milestone: true },
  execution: { title: 'Execution', milestone: true },
} as const satisfies Readonly<Record<string, Step>>;
export type StepName = keyof typeof steps;
/** A step that asks people. */
export type ApprovalStep = {
  [Name in StepName]: (typeof steps)[Name] extends { readonly asks: true } ? Name : never;
}[StepName];

/** What an event can be about. */
export type EventName = StepName | StageName | RemovalName;

const stepNames = Object.keys(steps) as readonly StepName[];
const stepOf: Readonly<Record<StepName, Step>> = steps;

const isStep = (name: string): name is StepName => name in steps;

export const isApprovalStep = (name: string): name is ApprovalStep => isStep(name) && 'asks' in steps[name];

/** The steps that the progress view of a machine lists before or after the regions, in their order. */
export const stepsAround = (machine: RootMachine, place: 'before' | 'after'): readonly StepName[] =>
  stepNames.filter((name) => stepOf[name].rows?.[machine] === place);

const titles: ReadonlyMap<string, string> = new Map([
  ...stepNames.map((name) => [name, steps[name].title] as const),
  ...stages.map(({ name, title }) => [name, title] as const),
  ...stages.flatMap((stage) => ('kinds' in stage ? [[removalOf(stage.name), `Remove ${stage.title}`] as const] : [])),
]);

const milestones: ReadonlySet<string> = new Set([
  ...stepNames.filter((name) => 'milestone' in steps[name]),
  ...stages.filter((stage) => 'milestone' in stage).map(({ name }) => name),
]);

export const isMilestone = (name: EventName): boolean => milestones.has(name);

/** The title that people read of a step, a stage, or the removal of a stage. */
export const titleOf = (name: EventName): string => titles.get(name) ?? name;

/** What a Lambda may reach besides the table and the progress topic; infra grants it (infra/access.ts). */
export type Access =
  /** Reads of all kinds, in every region. */
  | 'snapshot'
  /** Availability zones, and existing subnets. */
  | 'zones'
  /** Whether the app's secrets exist, not their values; and whom its role trusts. */
  | 'secrets'
  /** Whether an execution that people started still runs. */
  | 'execution-status'
  /** The executions that it started in turn. */
  | 'child-executions'
  | 'write-plans'
  | 'read-plans'
  | 'quotas'
  /** The questions to people, with their task tokens. */
  | 'questions'
  /** To close the questions of a run, whose task tokens stay unread. */
  | 'end-questions'
  /** The approvers' topic. */
  | 'ask'
  /** The task that waits for an answer. */
  | 'answer'
  /** Results of the platforms' pipeline actions and builds. */
  | 'releases'
  /** The alarms topics of the platforms. */
  | 'alarms'
  /** `provision`. */
  | 'start'
  | 'refused-events';

/** Environment variables that a Lambda gets besides `TABLE_NAME` and `PROGRESS_TOPIC_ARN`. */
export type Setting =
  | 'ALARM_EMAIL'
  | 'APPROVALS_TOPIC_ARN'
  | 'APPROVAL_URL'
  | 'APPROVER_EMAIL'
  | 'BASE_IMAGE'
  | 'PERMISSIONS_BOUNDARY_ARN'
  | 'SECRET_PREFIXES'
  | 'SETTLE_SECONDS'
  | 'TASK_ROLES'
  | 'MAX_RERUNS'
  | 'PLANS_BUCKET'
  | 'PROVISION_ARN'
  | 'REFUSED_QUEUE_URL';

/** A Lambda that belongs to no stage; its physical name is `slipway-<name>`. */
export interface StepFunction {
  readonly file: string;
  readonly description: string;
  /** Of the Lambda; the Task that invokes it has a little more (workflow/tasks.ts). */
  readonly timeoutSeconds: number;
  /** @default 512 */
  readonly memoryMegabytes?: number;
  readonly access?: readonly Access[];
  readonly settings?: readonly Setting[];
  /** Its bundle carries the app's files: it computes the image. */
  readonly carriesApp?: true;
}

/** For a stage's Lambda, which reads and writes one region, and for those that read everything. */
export const stageTimeoutSeconds = 300;

/** HTTP APIs give an integration 30 s. */
const answerTimeoutSeconds = 29;

export const functions = {
  validate: {
    file: 'lambdas/steps/validate.ts',
    description: 'Validates the input and takes the lock',
    timeoutSeconds: 90,
    access: ['zones', 'secrets', 'execution-status', 'child-executions', 'end-questions'],
    settings: [
      'ALARM_EMAIL',
      'APPROVER_EMAIL',
      'BASE_IMAGE',
      'PERMISSIONS_BOUNDARY_ARN',
      'SECRET_PREFIXES',
      'TASK_ROLES',
    ],
    carriesApp: true,
  },
  plan: {
    file: 'lambdas/steps/plan.ts',
    description: 'Reads what exists and plans what to change',
    timeoutSeconds: stageTimeoutSeconds,
    memoryMegabytes: 1024,
    access: ['snapshot', 'quotas', 'write-plans'],
    settings: ['PLANS_BUCKET'],
  },
  'request-approval': {
    file: 'lambdas/approval/request.ts',
    description: 'Asks people by e-mail',
    timeoutSeconds: 60,
    // The answer to a question that is put again after people have answered it.
    access: ['questions', 'ask', 'answer', 'read-plans'],
    settings: ['APPROVALS_TOPIC_ARN', 'APPROVAL_URL'],
  },
  summarise: {
    file: 'lambdas/steps/summarise.ts',
    description: 'Writes the report and releases the lock',
    timeoutSeconds: 60,
    access: ['end-questions'],
  },
  'report-failure': {
    file: 'lambdas/steps/report-failure.ts',
    description: 'Publishes what failed and releases the lock',
    timeoutSeconds: 60,
    access: ['end-questions'],
  },
  'validate-destroy': {
    file: 'lambdas/steps/validate-destroy.ts',
    description: 'Validates the input of destroy and takes the lock',
    timeoutSeconds: 60,
    access: ['execution-status', 'child-executions', 'end-questions'],
  },
  inventory: {
    file: 'lambdas/steps/inventory.ts',
    description: 'Reads what a deployment owns',
    timeoutSeconds: stageTimeoutSeconds,
    memoryMegabytes: 1024,
    access: ['snapshot'],
  },
  'summarise-destroy': {
    file: 'lambdas/steps/summarise-destroy.ts',
    description: 'Checks that nothing is left and releases the lock',
    timeoutSeconds: stageTimeoutSeconds,
    memoryMegabytes: 1024,
    access: ['snapshot', 'end-questions'],
  },
  'approval-api': {
    file: 'lambdas/approval/api.ts',
    description: 'The page behind the links in the mails',
    timeoutSeconds: answerTimeoutSeconds,
    access: ['questions', 'answer', 'execution-status'],
  },
  'execution-ended': {
    file: 'lambdas/events/execution-ended.ts',
    description: 'Releases what a failed execution held and decides whether it is started again',
    timeoutSeconds: 60,
    access: ['alarms', 'execution-status', 'end-questions'],
    settings: ['MAX_RERUNS'],
  },
  'rerun-due': {
    file: 'lambdas/events/rerun-due.ts',
    description: 'Decides whether a failed execution should still be started again',
    timeoutSeconds: 30,
  },
  'run-requested': {
    file: 'lambdas/events/run-requested.ts',
    description: 'Starts an execution for an event, or refuses it',
    timeoutSeconds: 30,
    access: ['start', 'refused-events'],
    settings: ['PROVISION_ARN', 'REFUSED_QUEUE_URL'],
  },
  'reconcile-due': {
    file: 'lambdas/events/reconcile-due.ts',
    description: 'Starts a reconcile of every deployment',
    timeoutSeconds: 30,
    access: ['start'],
    settings: ['PROVISION_ARN'],
  },
  'release-failed': {
    file: 'lambdas/events/release-failed.ts',
    description: 'Mails why a pipeline failed, and what to do next',
    timeoutSeconds: 60,
    access: ['alarms', 'releases'],
  },
} as const satisfies Readonly<Record<string, StepFunction>>;
export type FunctionName = keyof typeof functions;

/** A kebab-case name as CloudFormation wants it: `ecr-push` → `EcrPush`. */
export const pascal = (name: string): string =>
  name.replaceAll(/(?:^|-)(\w)/g, (_, first: string) => first.toUpperCase());
