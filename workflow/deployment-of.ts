import { deploymentName } from './input.ts';

/** The deployment that an input means, refused or not, of whichever machine; the default where that can't be told. */
export function deploymentOf(raw: unknown): string {
  const named = typeof raw === 'object' && raw !== null && 'deployment' in raw ? raw.deployment : undefined;
  const parsed = deploymentName.safeParse(named);
  return parsed.success ? parsed.data : deploymentName.parse(undefined);
}
