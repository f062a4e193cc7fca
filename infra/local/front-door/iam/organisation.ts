/** The service control policies of the account's organisation: none, but for those that an instrument sets. */
let attached: readonly object[] = [];

export const serviceControlPolicies = (): readonly object[] => attached;

export function setServiceControlPolicies(policies: readonly object[]): void {
  attached = policies;
}
