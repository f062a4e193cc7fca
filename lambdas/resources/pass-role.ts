import { anywhere, roleArnNamed } from '../../workflow/names.ts';
import type { Permission } from './resource.ts';

/** Every role that the workflow makes; nothing else may be written or passed on. */
export const ownRoles = roleArnNamed(anywhere, '*');

/** Handing one of our roles to a service, and to that service only. */
export const passRole = (service: string): Permission => ({
  actions: ['iam:PassRole'],
  resources: [ownRoles],
  conditions: { StringEquals: { 'iam:PassedToService': service } },
});
