import { parseName, parseReference, registryUrl } from '../../../lambdas/image/reference.ts';
import { openRepository } from '../../../lambdas/image/registry.ts';
import { CliError } from '../cli-error.ts';

/**
 * `registry/repository:tag` → `registry/repository@sha256:…`, by what the registry says now. What is pinned already is not
 * looked up.
 * @throws {InputError} when it is no reference, or on a host that a run would not ask
 * @throws {CliError} when the registry can't be reached, or has no such image
 */
export async function pinned(reference: string): Promise<string> {
  if (reference.includes('@')) return parseReference(reference).name;
  const { registry, repository, tag } = parseName(reference);
  const digest = await openRepository(registryUrl(registry), repository)
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
