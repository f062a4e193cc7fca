import type { RegionConfig } from './config.ts';
import type { Environment } from './stages.ts';

/** IAM path of every role that the workflow makes. A path can't be changed later. */
export const rolePath = '/slipway/';

type Place = Pick<RegionConfig, 'deployment' | 'account' | 'partition' | 'region'>;

/** `<deployment>-<part>`: with a deployment name of at most 20 characters and a part of at most 11, within ELB's 32. */
export const nameOf = (place: Pick<Place, 'deployment'>, part: string): string => `${place.deployment}-${part}`;

/** IAM role names are account-global, so they hold the region; IAM allows 64 characters. */
export const roleName = (place: Place, part: string): string => `${place.deployment}-${place.region}-${part}`;
export const roleArn = (place: Place, part: string): string =>
  `arn:${place.partition}:iam::${place.account}:role${rolePath}${roleName(place, part)}`;

/** Bucket names are global: account and region make them unique; S3 allows 63 characters. */
export const artifactBucketName = (place: Omit<Place, 'partition'>): string =>
  `${place.deployment}-${place.account}-${place.region}-artifacts`;

export const repositoryName = (place: Pick<Place, 'deployment'>): string => nameOf(place, 'app');
/** Registry host and repository, without tag or digest. */
export const repositoryUri = (place: Place): string =>
  `${place.account}.dkr.ecr.${place.region}.${place.partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com'}/${repositoryName(place)}`;

export const appLogGroup = (place: Pick<Place, 'deployment'>, environment: Environment): string =>
  `/slipway/${place.deployment}/${environment}`;

/** `arn:<partition>:<service>:<region>:<account>:<resource>` in the place's own account and region. */
export const arnOf = (place: Place, service: string, resource: string): string =>
  `arn:${place.partition}:${service}:${place.region}:${place.account}:${resource}`;
