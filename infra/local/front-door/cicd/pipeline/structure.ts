import { type Parameters, structures, text } from '../../call.ts';

/** A pipeline's structure, read once: what an execution goes by, whatever becomes of the pipeline meanwhile. */
export interface Structure {
  readonly name: string;
  readonly version: number;
  readonly region: string;
  readonly roleArn: string;
  readonly executionMode: string;
  /** Region → bucket. */
  readonly stores: Readonly<Record<string, string>>;
  readonly stages: readonly Stage[];
}

export interface Stage {
  readonly name: string;
  readonly actions: readonly Action[];
}

export interface Action {
  readonly name: string;
  readonly type: Readonly<{ owner: string; category: string; provider: string; version: string }>;
  readonly region: string;
  readonly runOrder: number;
  readonly configuration: Readonly<Record<string, string>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly namespace: string | undefined;
  readonly timeoutMinutes: number | undefined;
}

const artifactNames = (list: readonly Parameters[]): string[] => list.map((artifact) => text(artifact, 'name') ?? '');

export function readStructure(document: Parameters, version: number, region: string): Structure {
  const stores = (document.artifactStores ?? { [region]: document.artifactStore }) as Record<string, Parameters>;
  return {
    name: text(document, 'name') ?? '',
    version,
    region,
    roleArn: text(document, 'roleArn') ?? '',
    executionMode: text(document, 'executionMode') ?? 'SUPERSEDED',
    stores: Object.fromEntries(Object.entries(stores).map(([place, store]) => [place, text(store, 'location') ?? ''])),
    stages: structures(document, 'stages').map((stage) => ({
      name: text(stage, 'name') ?? '',
      actions: structures(stage, 'actions').map((action) => ({
        name: text(action, 'name') ?? '',
        type: action.actionTypeId as Action['type'],
        region: text(action, 'region') ?? region,
        runOrder: typeof action.runOrder === 'number' ? action.runOrder : 1,
        configuration: (action.configuration ?? {}) as Record<string, string>,
        inputs: artifactNames(structures(action, 'inputArtifacts')),
        outputs: artifactNames(structures(action, 'outputArtifacts')),
        namespace: text(action, 'namespace'),
        timeoutMinutes: typeof action.timeoutInMinutes === 'number' ? action.timeoutInMinutes : undefined,
      })),
    })),
  };
}

/** Actions that run side by side, in the order of their numbers. */
export function groups(actions: readonly Action[]): Action[][] {
  const orders = [...new Set(actions.map(({ runOrder }) => runOrder))].sort((one, other) => one - other);
  return orders.map((order) => actions.filter(({ runOrder }) => runOrder === order));
}

/** Variables by namespace. */
export type Variables = ReadonlyMap<string, Readonly<Record<string, string>>>;

/** `#{namespace.name}` replaced by its value; an unknown one makes the action fail, as on AWS. */
export function resolveVariables(
  configuration: Readonly<Record<string, string>>,
  variables: Variables,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(configuration).map(([key, value]) => [
      key,
      value.replace(/#\{([\w@-]+)\.([\w@-]+)\}/g, (reference, namespace: string, name: string) => {
        const found = variables.get(namespace)?.[name];
        if (found === undefined) throw new Error(`the variable ${reference} of ${key} has no value`);
        return found;
      }),
    ]),
  );
}
