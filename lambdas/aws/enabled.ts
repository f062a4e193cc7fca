/** How services refuse calls to a region that the account has not enabled: EC2, then the others. */
const notEnabled = /^(AuthFailure|OptInRequired|UnrecognizedClientException|InvalidClientTokenId)$/;

/** True where AWS knows nothing of the account in that region: it is opt-in, and not enabled. */
export const isNotEnabled = (error: unknown): boolean => error instanceof Error && notEnabled.test(error.name);

export const howToEnable = (region: string): string =>
  `${region} is not enabled in this account: enable it (aws account enable-region --region-name ${region}, or the console's page "Account"), which takes some minutes, and start again`;
