import type { ClientConstructor, Cloud, Scope, Snapshot } from '../../lambdas/aws/cloud.ts';
import { scope as ofPlatform } from './ownership.ts';

type Input = Readonly<Record<string, unknown>>;

export interface Answering {
  readonly cloud: Cloud;
  /** Names of the operations that were asked, in order. */
  readonly asked: string[];
  /** The same with what was asked for. */
  readonly calls: Call[];
}

export type Call = readonly [operation: string, input: Input];
export type Answers = Readonly<Record<string, (input: Input) => object>>;

/** A snapshot whose index knows those tags. */
export const lookKnowing = (tags: Readonly<Record<string, Readonly<Record<string, string>>>> = {}): Snapshot => ({
  once: (_, read) => read(),
  onceInAccount: (_, read) => read(),
  tagIndex: async () => new Map(Object.entries(tags)),
});

/** An error as the SDK throws it. */
export const refusal = (name: string, message = name): Error =>
  Object.assign(new Error(message), { name, $metadata: { httpStatusCode: 400 } });

/** A cloud without any network: each operation is answered by what stands under its name, and otherwise by nothing. */
export function answeringCloud(
  answers: Answers,
  { snapshot, scope = ofPlatform }: { readonly snapshot?: Snapshot; readonly scope?: Scope } = {},
): Answering {
  const asked: string[] = [];
  const calls: Call[] = [];
  const client = <Client>(service: ClientConstructor<Client>): Client => {
    // Of the class, which the SDK's paginators insist on, and never constructed.
    const made: object = Object.create(service.prototype as object);
    const send = async (command: { readonly constructor: { readonly name: string }; readonly input: Input }) => {
      const operation = command.constructor.name.replace(/Command$/, '');
      asked.push(operation);
      // A copy: the SDK's paginators write their tokens into what they were given.
      calls.push([operation, { ...command.input }]);
      return answers[operation]?.(command.input) ?? {};
    };
    return Object.assign(made, { send, config: {} }) as Client;
  };
  return { cloud: { scope, client, ...(snapshot === undefined ? {} : { snapshot }) }, asked, calls };
}
