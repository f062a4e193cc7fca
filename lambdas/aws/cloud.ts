import type { Kind } from '../../workflow/stages.ts';

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
}) => Client;

/** What a resource kind gets to reach AWS with: one region, one client a service. */
export interface Cloud {
  readonly scope: Scope;
  /** The client of that class in the scope's region; made once. Nobody else constructs a client. */
  client<Client>(service: ClientConstructor<Client>): Client;
}

/** Ids only (names, ARNs, addresses): what later stages, people and the execution's output need of a resource. */
export type Output = { readonly id: string } & Readonly<Record<string, string>>;

/** Outputs of everything made so far, by kind and key. Plain JSON: it travels in the state document. */
export type Upstream = { readonly [K in Kind]?: Readonly<Record<string, Output>> };
