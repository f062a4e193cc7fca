/** Whose resources, and where. */
export interface Scope {
  readonly deployment: string;
  readonly account: string;
  readonly partition: string;
  readonly region: string;
  /** The provisioner's; absent where it makes no difference. */
  readonly homeRegion?: string;
  /** Whether CI/CD lives in the region; absent where it makes no difference. */
  readonly primary?: boolean;
  /** Whether what the pipeline released stays although Slipway's own app has changed. */
  readonly keepReleases?: true;
  /** The user's own tags, for everything that is made. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** The part of an AWS SDK client's constructor that the factory needs. */
export type ClientConstructor<Client> = new (configuration: {
  region: string;
  retryMode: string;
  maxAttempts: number;
  requestHandler: { connectionTimeout: number; requestTimeout: number; throwOnRequestTimeout: boolean };
}) => Client;

/** Tags by ARN. */
export type TagIndex = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** What kinds share while everything is read and nothing is written: a bulk read. */
export interface Snapshot {
  /** Answers a read that this snapshot has made before with what it got then. */
  once<Answer>(what: string, read: () => Promise<Answer>): Promise<Answer>;
  /** The same over all regions, for what is the account's and not a region's. */
  onceInAccount<Answer>(what: string, read: () => Promise<Answer>): Promise<Answer>;
  /** Of everything in the region that carries the deployment's tag. It may lag behind what the services know. */
  tagIndex(): Promise<TagIndex>;
}

/** A resource kind's access to AWS: one region, one client for each service. */
export interface Cloud<Place = Scope> {
  readonly scope: Place;
  /** The client of that class in the scope's region; made once. Nobody else constructs a client. */
  client<Client>(service: ClientConstructor<Client>): Client;
  /** Absent where anything is written: then each thing is read afresh, and from its own service. */
  readonly snapshot?: Snapshot;
}
