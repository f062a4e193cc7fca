import { deploymentName } from './input.ts';

/**
 * The deployment that an input means, refused or not, of whichever machine: the default where it names none, and undefined
 * where it can't be told. What is not an object, or names one badly, was never meant for the default.
 */
export function deploymentOf(raw: unknown): string | undefined {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) return undefined;
  return deploymentName.safeParse('deployment' in raw ? raw.deployment : undefined).data;
}
