import * as z from 'zod';
import type { Addressed } from '../../workflow/addressees.ts';
import type { Decision, PlannedChange, PlanSummary, Standing } from '../../workflow/documents.ts';
import type { ProgressEvent } from '../../workflow/events.ts';
import type { Priced } from '../../workflow/prices.ts';
import { problemsOf, problemsText } from '../../workflow/problems.ts';
import type { Report } from '../../workflow/report.ts';
import { impacts, type Kind, kinds, makingStages } from '../../workflow/stages.ts';
import type { EventName } from '../../workflow/steps.ts';
import { InputError } from '../errors.ts';

/** Of what later versions read again. Raise it where a default can't fill in what an older item lacks. */
export const schemaVersion = 1;

/** Items from before there was a version carry none, and are read all the same. */
const versioned = z.object({ schemaVersion: z.literal(schemaVersion).optional() });

/**
 * What was stored, perhaps by another version of Slipway.
 * @param what for people: what it is
 * @param advice what to do where it can't be read
 * @throws {InputError} when it can't be read any more
 */
export function readStored<Stored>(
  schema: z.ZodType<Stored>,
  stored: unknown,
  what: string,
  advice = 'start again',
): Stored {
  const version = versioned.safeParse(stored);
  const parsed = schema.safeParse(stored);
  if (version.success && parsed.success) return parsed.data;
  const problems = [version, parsed].flatMap(({ error }) => (error === undefined ? [] : problemsOf(stored, error)));
  throw new InputError(
    `${what} was stored by another version of Slipway and can't be read any more; ${advice}:\n${problemsText(problems)}`,
  );
}

/** A stage, step or kind that this version no longer has: people are told its name (titleOf in workflow/steps.ts). */
const eventName = z.custom<EventName>((name) => typeof name === 'string');
const storedKind = z.custom<Kind>((name) => typeof name === 'string');
const stageName = z.enum(makingStages.map(({ name }) => name));
const kind = z.enum(kinds);
const yes = z.literal(true).exactOptional();
const text = z.string().exactOptional();
const error = z.object({ Error: z.string(), Cause: z.string() });

export const decisionSchema = z.object({
  decision: z.enum(['approved', 'rejected']),
  by: z.string(),
  at: z.string(),
}) satisfies z.ZodType<Decision>;

const planSummary = z.object({
  digest: z.string(),
  document: z.object({ bucket: z.string(), key: z.string() }).exactOptional(),
  counts: z.object({
    create: z.number(),
    update: z.number(),
    replace: z.number(),
    delete: z.number(),
    unchanged: z.number(),
  }),
  hasChanges: z.boolean(),
  production: z.boolean(),
  askFirst: z.boolean(),
}) satisfies z.ZodType<PlanSummary>;

const output = z.object({ id: z.string() }).catchall(z.string());

export const reportSchema = z.object({
  deployment: text,
  execution: z.string(),
  outcome: z.enum(['succeeded', 'unchanged', 'rejected', 'failed', 'destroyed', 'planned', 'skipped']),
  error: error.exactOptional(),
  reason: text,
  decision: decisionSchema.exactOptional(),
  plan: planSummary.exactOptional(),
  regions: z.array(
    z.object({
      region: z.string(),
      status: z.enum(['succeeded', 'failed']),
      error: error.exactOptional(),
      urls: z.record(z.string(), z.string()),
      outputs: z.record(z.string(), z.record(z.string(), output)),
    }),
  ),
  timeline: z.array(
    z.object({ region: text, stage: eventName, startedAt: z.string(), durationSeconds: z.number().exactOptional() }),
  ),
  kept: z.array(z.string()).exactOptional(),
  unmanaged: z.array(z.string()).exactOptional(),
  unasked: z.array(z.string()).exactOptional(),
}) satisfies z.ZodType<Report>;

export const eventSchema = z.object({
  deployment: text,
  execution: z.string(),
  region: text,
  stage: eventName,
  status: z.enum(['started', 'finished', 'waiting', 'failed']),
  at: z.string(),
  durationSeconds: z.number().exactOptional(),
  pending: z.array(z.object({ kind: storedKind, key: z.string(), reason: z.string() })).exactOptional(),
  detail: text,
}) satisfies z.ZodType<ProgressEvent>;

export const standingSchema = z.object({
  region: z.string(),
  kind,
  key: z.string(),
  id: z.string(),
  arn: text,
}) satisfies z.ZodType<Standing>;

const plannedChange = z.object({
  region: z.string(),
  stage: stageName,
  kind,
  key: z.string(),
  action: z.enum(['create', 'update', 'replace', 'delete', 'unchanged']),
  differences: z.array(
    z.object({
      path: z.string(),
      was: z.unknown().optional(),
      want: z.unknown().optional(),
      replace: yes,
      deferred: yes,
      release: yes,
    }),
  ),
  deferredTo: stageName.exactOptional(),
  waiting: text,
  impact: z.enum(impacts),
  touchesProduction: yes,
}) satisfies z.ZodType<PlannedChange>;

/** Not as the input is checked today: what was stored is read even where the bounds of an input have become narrower. */
const price = z.number().exactOptional();

/** Of a region's configuration, what people are told of it later. */
const shown = z.object({
  alarms: z.object({ emails: z.array(z.string()) }).exactOptional(),
  pipeline: z.object({ approvalEmails: z.array(z.string()) }).exactOptional(),
  region: z.string(),
  network: z.object({ zones: z.array(z.unknown()) }),
  app: z.object({ minCount: z.number(), maxCount: z.number(), cpu: z.number(), memory: z.number() }),
  prices: z
    .object({
      natGateway: price,
      publicAddress: price,
      loadBalancer: price,
      vcpu: price,
      gigabyte: price,
      logGigabyte: price,
      alarm: price,
    })
    .exactOptional(),
}) satisfies z.ZodType<Priced & Addressed>;

export const planSchema = z.object({ changes: z.array(plannedChange), regions: z.array(shown) });
