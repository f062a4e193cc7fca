import type { Cloud } from '../../../lambdas/aws/cloud.ts';
import type { Input } from '../../../workflow/input.ts';

/** What a check found. `unknown`: it can't be read from here; nothing speaks against it. */
export type Verdict =
  | { readonly verdict: 'fine' | 'unknown'; readonly detail: string }
  | { readonly verdict: 'problem'; readonly detail: string; readonly advice: string };

export const fine = (detail: string): Verdict => ({ verdict: 'fine', detail });
export const unknown = (detail: string): Verdict => ({ verdict: 'unknown', detail });
export const problem = (detail: string, advice: string): Verdict => ({ verdict: 'problem', detail, advice });

export type Region = Cloud<{ readonly region: string }>;

/** What is checked: the account, through the provisioner's region and those of the platform. */
export interface Subject {
  readonly home: Region;
  /** The input's regions, the primary one first. */
  readonly regions: readonly Cloud[];
  readonly input: Input;
  readonly baseImage: string;
  readonly regionNamed: (region: string) => Cloud;
}

/** One row of `slipway doctor`. It only reads. */
export interface Check {
  readonly name: string;
  /** True where a problem would make the deployment or the first run fail: `deploy` then stops. */
  readonly stopsDeploy: boolean;
  readonly run: (subject: Subject) => Promise<Verdict>;
}

export type Finding = Verdict & Pick<Check, 'name' | 'stopsDeploy'>;

/** Runs all checks side by side. What can't be read, for whatever reason, is unknown. */
export const examine = (subject: Subject, checks: readonly Check[]): Promise<readonly Finding[]> =>
  Promise.all(
    checks.map(async ({ name, stopsDeploy, run }) => {
      const verdict = await run(subject).catch((error: Error) => unknown(`${error.name}: ${error.message}`));
      return { name, stopsDeploy, ...verdict };
    }),
  );
