import { parse } from 'yaml';
import { z } from 'zod';

const strings = z.record(z.string(), z.coerce.string());

const phase = z.strictObject({
  'on-failure': z.enum(['ABORT', 'CONTINUE']).optional(),
  'runtime-versions': z.record(z.string(), z.unknown()).optional(),
  commands: z.array(z.string()).default([]),
  finally: z.array(z.string()).default([]),
});

/** What the local cloud runs of a build specification (CodeBuild user guide, "Build specification reference"). */
const schema = z.strictObject({
  version: z.coerce.string().refine((version) => version === '0.2', 'only version 0.2 is known here'),
  env: z
    .strictObject({
      shell: z.enum(['bash', '/bin/sh']).default('/bin/sh'),
      variables: strings.default({}),
      'exported-variables': z.array(z.string()).default([]),
    })
    .prefault({}),
  phases: z.strictObject({
    install: phase.optional(),
    pre_build: phase.optional(),
    build: phase.optional(),
    post_build: phase.optional(),
  }),
  artifacts: z
    .strictObject({
      files: z.array(z.string()).min(1),
      name: z.string().optional(),
      'base-directory': z.string().default('.'),
      'discard-paths': z.enum(['yes', 'no']).default('no'),
    })
    .optional(),
  // Taken note of and left alone: nothing is cached.
  cache: z.strictObject({ paths: z.array(z.string()) }).optional(),
  reports: z
    .record(
      z.string(),
      z.strictObject({
        files: z.array(z.string()).min(1),
        'base-directory': z.string().default('.'),
        'discard-paths': z.enum(['yes', 'no']).optional(),
        'file-format': z.literal('JUNITXML').default('JUNITXML'),
      }),
    )
    .default({}),
});

export type Buildspec = z.infer<typeof schema>;
export type Phase = z.infer<typeof phase>;
export type PhaseName = keyof Buildspec['phases'];

const phaseNames = ['install', 'pre_build', 'build', 'post_build'] as const satisfies readonly PhaseName[];

/** @throws {Error} in words that name the place */
export function parseBuildspec(source: string): Buildspec {
  const read = schema.safeParse(parse(source));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new Error(`YAML_FILE_ERROR: ${issue?.path.join('.') || 'buildspec'}: ${issue?.message}`);
}

/** What comes after a phase. */
export type Next = PhaseName | 'artifacts' | 'end';

/**
 * CodeBuild's transitions (user guide, "Build phase transitions"): what fails before the build ends it; a build that fails is
 * still followed by post_build and the upload, unless `on-failure: ABORT` says otherwise.
 */
export function next(name: PhaseName, failed: boolean, onFailure: Phase['on-failure']): Next {
  const following = phaseNames[phaseNames.indexOf(name) + 1] ?? 'artifacts';
  if (!failed || onFailure === 'CONTINUE') return following;
  if (onFailure === 'ABORT') return 'end';
  return name === 'build' || name === 'post_build' ? following : 'end';
}
