import {
  BatchDeleteImageCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  type ImageDetail,
  paginateDescribeImages,
} from '@aws-sdk/client-ecr';
import { anywhere, repositoryArn, repositoryName } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Cloud } from '../aws/cloud.ts';
import { allPages } from '../aws/pages.ts';
import { ResourceFailedError } from '../errors.ts';
import { composeImage, copiedImage, pushImage } from '../image/image.ts';
import { type Credentials, openRepository } from '../image/registry.ts';
import { onOwned } from './grants.ts';
import { buildTagPrefix } from './repository.ts';
import { type Found, type Resource, readyAtOnce, type Wanted } from './resource.ts';

export interface ImageSpec {
  readonly repository: string;
  /** Pinned by digest. */
  readonly base: string;
  /** An image of the user's own, which is copied from there instead. Pinned by digest. */
  readonly copyOf?: string;
  readonly digest: string;
  readonly tag: string;
}

/** The repository's images taken together: `latest` is a property of them all. */
export interface ImageFound extends Found {
  readonly repository: string;
  readonly images: readonly { readonly digest: string; readonly tags: readonly string[] }[];
}

const latest = 'latest';

/** BatchDeleteImage takes at most 100 images (service model). */
const deletedAtOnce = 100;

export const image: Resource<ImageSpec, ImageFound> = {
  kind: 'image',
  parent: 'repository',
  permissions: {
    read: ['ecr:DescribeImages'],
    write: [
      'ecr:GetAuthorizationToken',
      onOwned(
        // All but the last are what ECR's registry asks for when it is spoken to by the distribution protocol.
        [
          'ecr:BatchCheckLayerAvailability',
          'ecr:InitiateLayerUpload',
          'ecr:UploadLayerPart',
          'ecr:CompleteLayerUpload',
          'ecr:BatchGetImage',
          'ecr:PutImage',
          'ecr:BatchDeleteImage',
        ],
        [repositoryArn(anywhere)],
      ),
    ],
  },
  holds: 'images',

  specs: (config) => [
    {
      key: 'app',
      spec: {
        repository: repositoryName(config),
        ...config.image,
        ...(config.app.image === undefined ? {} : { copyOf: config.app.image }),
      },
    },
  ],

  async list(cloud, outputs) {
    const repository = outputs.repository?.app?.id;
    if (repository === undefined) return [];
    const images = await describe(cloud.client(ECRClient), repository);
    const newest = images.find(({ imageTags }) => imageTags?.includes(latest)) ?? images[0];
    if (newest === undefined) return [];
    return [
      {
        key: 'app',
        id: newest.imageDigest ?? '',
        repository,
        images: images.map(({ imageDigest, imageTags }) => ({ digest: imageDigest ?? '', tags: imageTags ?? [] })),
      },
    ];
  },

  readiness: readyAtOnce,

  /**
   * The wanted image is there under its tag, and `latest` is on it, or on a build of the pipeline: that one is newer, and
   * provisioning the same app again must not take it back.
   */
  diff(spec, found) {
    const wanted = found.images.find(({ digest }) => digest === spec.digest);
    if (wanted === undefined) return [{ path: 'digest', was: found.id, want: spec.digest }];
    const current = found.images.find(({ tags }) => tags.includes(latest));
    const moved = current?.tags.some((tag) => tag.startsWith(buildTagPrefix)) ?? false;
    return [
      ...(wanted.tags.includes(spec.tag) ? [] : [{ path: 'tag', was: wanted.tags, want: spec.tag }]),
      ...(current === wanted || moved ? [] : [{ path: latest, was: current?.digest, want: spec.digest }]),
    ];
  },

  async create(cloud, wanted) {
    await push(cloud, wanted);
    const { key, spec } = wanted;
    return {
      key,
      id: spec.digest,
      repository: spec.repository,
      images: [{ digest: spec.digest, tags: [spec.tag, latest] }],
    };
  },

  update: (cloud, wanted, _found, differences) =>
    push(
      cloud,
      wanted,
      // A new digest is a release of ours; a missing content tag alone leaves `latest` where it is.
      differences.some(({ path }) => path === 'digest' || path === latest),
    ),

  /** All of them, the pipeline's too: the repository, which is ours, can't go before. */
  async delete(cloud, found) {
    const ecr = cloud.client(ECRClient);
    // Twice: an index has to go before the images it names, and nobody pushes while a deployment is destroyed.
    for (let pass = 1; pass <= 2; pass += 1) {
      const digests = (await describe(ecr, found.repository)).map(({ imageDigest }) => imageDigest);
      for (let start = 0; start < digests.length; start += deletedAtOnce) {
        const imageIds = digests.slice(start, start + deletedAtOnce).map((imageDigest) => ({ imageDigest }));
        const { failures } = await ecr.send(
          new BatchDeleteImageCommand({ repositoryName: found.repository, imageIds }),
        );
        const failure = failures?.find(
          ({ failureCode }) =>
            failureCode !== 'ImageNotFound' && (pass > 1 || failureCode !== 'ImageReferencedByManifestList'),
        );
        if (failure !== undefined)
          throw new ResourceFailedError(
            `image ${failure.imageId?.imageDigest} in ${found.repository} can't be deleted: ${failure.failureReason}`,
          );
      }
    }
  },

  output: (found) => ({ id: found.id }),
};

/** Newest first; nothing where the repository is gone. */
async function describe(ecr: ECRClient, repositoryName: string): Promise<ImageDetail[]> {
  const pages = paginateDescribeImages({ client: ecr }, { repositoryName });
  const images = (await ignoreNotFound(allPages(pages, ({ imageDetails }) => imageDetails))) ?? [];
  const pushed = (seen: ImageDetail): number => seen.imagePushedAt?.getTime() ?? 0;
  return images.toSorted((a, b) => pushed(b) - pushed(a));
}

async function push(cloud: Cloud, { spec }: Wanted<ImageSpec>, moveLatest = true): Promise<void> {
  const { image: built, source } = await (spec.copyOf === undefined
    ? composeImage(spec.base)
    : copiedImage(spec.copyOf));
  if (built.digest !== spec.digest)
    throw new ResourceFailedError(
      `image app in ${cloud.scope.region} is ${built.digest} and not ${spec.digest} as planned: the app was changed in between, start again`,
    );
  const { endpoint, credentials } = await registryOf(cloud.client(ECRClient));
  const target = openRepository(endpoint, spec.repository, credentials);
  // The content tag last: while it is missing, a run that died in between is seen and completed.
  await pushImage(built, source, target, [...(moveLatest ? [latest] : []), spec.tag]);
}

/** Where the region's registry is, and a password for 12 hours, as ECR says. */
async function registryOf(ecr: ECRClient): Promise<{ endpoint: string; credentials: Credentials }> {
  const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
  const { authorizationToken = '', proxyEndpoint = '' } = authorizationData?.[0] ?? {};
  const decoded = Buffer.from(authorizationToken, 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon === -1 || !URL.canParse(proxyEndpoint))
    throw new ResourceFailedError('ECR gave no usable registry endpoint and authorization token');
  return {
    endpoint: proxyEndpoint,
    credentials: { username: decoded.slice(0, colon), password: decoded.slice(colon + 1) },
  };
}
