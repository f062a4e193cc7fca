import * as z from 'zod';
import { approvalSchema, deploymentName } from './input.ts';
import { type Problem, problemsOf } from './problems.ts';

/** Input of `destroy`: whose platform is removed, and whether what people put there is removed too. */
const destroyInputSchema = z.strictObject({
  Comment: z.unknown().optional().describe('what the console fills in; ignored'),
  deployment: deploymentName,
  empty: z
    .strictObject({
      images: z.boolean().default(false).describe('remove the ECR repositories with all their images'),
      artifacts: z.boolean().default(false).describe('remove the artifact buckets with what the pipeline left there'),
      source: z.boolean().default(false).describe('remove the CodeCommit repositories with their history'),
    })
    .prefault({})
    .describe('what is not emptied is kept and listed'),
  regions: z
    .array(z.string())
    .min(1)
    .optional()
    .describe('only these regions, the primary not among them; without it, all regions'),
  approval: approvalSchema,
});

export type DestroyInput = z.output<typeof destroyInputSchema>;

/** Reads an input of `destroy`; finds all problems at once. */
export function parseDestroyInput(
  raw: unknown,
): { readonly input: DestroyInput } | { readonly problems: readonly Problem[] } {
  const result = destroyInputSchema.safeParse(raw);
  return result.success ? { input: result.data } : { problems: problemsOf(raw, result.error) };
}
