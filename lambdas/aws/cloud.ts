/** Whose resources are looked at, and where. */
export interface Scope {
  readonly deployment: string;
  readonly account: string;
  readonly partition: string;
  readonly region: string;
}

/** The part of an AWS SDK client's constructor that the factory needs. */
export type ClientConstructor<Client> = new (configuration: {
  region: string;
  retryMode: string;
  maxAttempts: number;
  requestHandler: { connectionTimeout: number; requestTimeout: number; throwOnRequestTimeout: boolean };
}) => Client;

/** What a resource kind gets to reach AWS with: one region, one client a service. */
export interface Cloud<Place = Scope> {
  readonly scope: Place;
  /** The client of that class in the scope's region; made once. Nobody else constructs a client. */
  client<Client>(service: ClientConstructor<Client>): Client;
}
