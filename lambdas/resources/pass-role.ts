import { anywhere, roleArnNamed } from '../../workflow/names.ts';
import type { Permission } from './resource.ts';

/** Every role that the workflow makes; nothing else may be written or passed on. */
export const ownRoles = roleArnNamed(anywhere, '*');

/** Those that `slipway deploy` lets inputs give to the app. */
export const taskRoles = '{taskRoles}';

/** Handing one of our roles, or of the others named, to a service, and to that service only. */
export const passRole = (service: string, ...others: readonly string[]): Permission => ({
  actions: ['iam:PassRole'],
  resources: [ownRoles, ...others],
  conditions: { StringEquals: { 'iam:PassedToService': service } },
});
