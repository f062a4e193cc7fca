/**
 * What is wanted in one region of a deployment: the execution input with every default filled in and everything
 * that had to be looked up (account, zones, image digest) added. `specs` of every resource kind are pure functions of it.
 */
export interface RegionConfig {
  /** Name of the deployment, unique in the account; 2 to 20 characters, `a-z0-9-`. Every name and tag starts from it. */
  readonly deployment: string;
  readonly account: string;
  readonly partition: string;
  readonly region: string;
  /** The provisioner's own region, whether or not the deployment is in it. */
  readonly homeRegion: string;
  /** True in the first region of the input, where CI/CD lives. */
  readonly primary: boolean;
  /** All regions of the deployment, the primary first. */
  readonly regions: readonly string[];
  /** Of the user's own, on everything that can carry tags. */
  readonly tags: Readonly<Record<string, string>>;
  readonly network: {
    readonly cidr: string;
    /** One entry an availability zone, in order; `letter` (a, b, …) is the position and part of the resources' keys. */
    readonly zones: readonly {
      readonly letter: string;
      readonly name: string;
      readonly publicCidr: string;
      readonly privateCidr: string;
    }[];
  };
  readonly app: {
    readonly port: number;
    readonly healthPath: string;
    /** CPU units: 256 is 0.25 vCPU. */
    readonly cpu: number;
    /** MB */
    readonly memory: number;
    readonly desiredCount: number;
    readonly minCount: number;
    readonly maxCount: number;
    /** Average CPU per cent that target tracking aims at. */
    readonly scalingCpuPercent: number;
    /** The user's own image, pinned by digest. Absent: our app on the base image. */
    readonly image?: string;
    readonly command?: readonly string[];
    /** Plain values beside those of the platform. */
    readonly environment?: Readonly<Record<string, string>>;
    /** ARNs in Secrets Manager or Parameter Store, of this region where the input says `{region}`. */
    readonly secrets?: Readonly<Record<string, string>>;
    readonly taskRoleArn?: string;
  };
  readonly image: {
    /** Base image reference pinned by digest: `registry/repository@sha256:…`. */
    readonly base: string;
    /** Digest of the finished image's manifest, computed before any push. */
    readonly digest: string;
    /** Content tag, immutable by construction: the digest's first 16 hex characters. `latest` moves along. */
    readonly tag: string;
  };
  /** Of a reconcile: nobody asked it to put Slipway's own app, if that has changed, in the place of a release. */
  readonly keepReleases?: true;
  readonly logRetentionDays: number;
  readonly alarms: {
    /** CPU and memory: per cent, average over two periods. */
    readonly cpuPercent: number;
    readonly memoryPercent: number;
    /** Target 5XX answers: sum over one period. */
    readonly http5xxCount: number;
    /** p95 in seconds, over one period. */
    readonly responseSeconds: number;
    readonly unhealthyTargets: number;
    readonly periodSeconds: number;
    readonly emails: readonly string[];
  };
  readonly pipeline: {
    readonly branch: string;
    readonly approvalEmails: readonly string[];
    /** Where the source is, if not in a repository that Slipway makes. */
    readonly source?: Connection;
  };
  /** The input's own prices, for the estimate (workflow/prices.ts). */
  readonly prices?: { readonly [Name in keyof Prices]?: Prices[Name] | undefined };
  /** ACM certificate in this region: adds the listener on 443 and the redirect from 80. */
  readonly certificateArn?: string;
  /** Managed policy that every role made by the workflow carries; the provisioner stack owns it. */
  readonly permissionsBoundaryArn: string;
}

/** A repository of GitHub, GitLab or Bitbucket, by CodeConnections. */
export interface Connection {
  readonly connectionArn: string;
  /** `owner/name` */
  readonly repository: string;
}

/** Whether the source is in CodeCommit, with replicas in the other regions. */
export const hasRepository = ({ pipeline }: RegionConfig): boolean => pipeline.source === undefined;

/** Whether the region mirrors its source: to replicas in the others. */
export const isMirrored = (config: RegionConfig): boolean =>
  hasRepository(config) && config.primary && config.regions.length > 1;

/** Whether the provisioner, which is in another region, has to be told of the pipeline's events. */
export const isPipelineAway = ({ primary, region, homeRegion }: RegionConfig): boolean =>
  primary && region !== homeRegion;

/** US dollars. */
export interface Prices {
  /** An hour. */
  readonly natGateway: number;
  readonly publicAddress: number;
  readonly loadBalancer: number;
  readonly vcpu: number;
  readonly gigabyte: number;
  /** Taken in by CloudWatch Logs. */
  readonly logGigabyte: number;
  /** A month. */
  readonly alarm: number;
}
