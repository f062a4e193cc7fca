/**
 * The errors that Slipway's Lambdas end with. State machines retry and catch by `name` (workflow/retriers.ts), so a name
 * is part of the contract; test/contract ties the two together.
 */
export abstract class SlipwayError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** When the input is refused; the message lists every problem with its JSON path. */
export class InputError extends SlipwayError {}

/** When another execution of the same deployment holds the lock. */
export class LockedError extends SlipwayError {}

/** When this execution lost the lock to a later one and must not change anything any more. */
export class FencedError extends SlipwayError {}

/** When AWS throttled, failed with 5xx or had not propagated something yet, after the SDK's own retries. */
export class TransientError extends SlipwayError {}

/** When a create was begun, its result is unknown, and EC2's reads may not show it yet. */
export class SettlingError extends SlipwayError {}

/** When a resource has reached a state from which waiting does not help. */
export class ResourceFailedError extends SlipwayError {}

/** When IAM, a boundary or an organisation does not let us; names the action, the resource and what to grant. */
export class DeniedError extends SlipwayError {}

/** When a wait has used up its limit; names what was waited for and for how long. */
export class WaitTimeoutError extends SlipwayError {}

/** When a service quota leaves no room, before anything is made. */
export class QuotaError extends SlipwayError {}

/** When AWS can't make the wanted change to a living resource and Slipway will not replace it by itself. */
export class UnsupportedChangeError extends SlipwayError {}

/** When something that is not ours is in the way: it has a name that we give, or it keeps ours from being removed. */
export class ConflictError extends SlipwayError {}
