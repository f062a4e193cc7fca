/** The code that AWS gave an error, or the error's own name. */
export const errorCode = (error: unknown): string => (error instanceof Error ? error.name : 'Unknown');

/**
 * Codes that say "it is not there": EC2's `Invalid….NotFound` and `…NotFoundException` of the others. NoSuchEntity is
 * IAM's, NoSuch… S3's, the rest are exceptions to every pattern.
 */
const notFound =
  /NotFound(Exception|Fault)?$|^NoSuch(Entity|EntityException|Bucket|BucketPolicy|PublicAccessBlockConfiguration|TagSet|LifecycleConfiguration)$|^(RepositoryDoesNotExistException|ServerSideEncryptionConfigurationNotFoundError|NotFoundException|InvalidAllocationID.NotFound|NatGatewayNotFound|ResourceNotFound|NotFound|Gateway\.NotAttached)$/;

export const isNotFound = (error: unknown): boolean => error instanceof Error && notFound.test(error.name);

/** The call's answer, or undefined where AWS says that the thing is not there. Every other error is passed on. */
export async function ignoreNotFound<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
