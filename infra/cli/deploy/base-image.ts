import { openRepository } from '../../../lambdas/image/registry.ts';
import { CliError } from '../cli-error.ts';

/**
 * `registry/repository:tag` → `registry/repository@sha256:…`, by what the registry says now; a pinned reference stays as it
 * is.
 * @throws {CliError} when it is no reference, the registry can't be reached, or has no such image
 */
export async function pinned(reference: string): Promise<string> {
  if (reference.includes('@sha256:')) return reference;
  const [, registry, repository, tag = 'latest'] = /^([^/]+)\/(.+?)(?::([\w.-]+))?$/.exec(reference) ?? [];
  if (registry === undefined || repository === undefined) {
    throw new CliError(
      `${reference} is not an image reference`,
      'write it as registry/repository:tag or registry/repository@sha256:…',
    );
  }
  const digest = await openRepository(`https://${registry}`, repository)
    .manifestDigest(tag)
    .catch((cause: Error) => {
      throw new CliError(
        `the registry ${registry} did not give the digest of ${reference}: ${cause.message}`,
        'check the network, or give the digest yourself: --base-image registry/repository@sha256:…',
        { cause },
      );
    });
  if (digest === undefined) throw new CliError(`there is no image ${reference}`, 'check --base-image');
  return `${registry}/${repository}@${digest}`;
}
