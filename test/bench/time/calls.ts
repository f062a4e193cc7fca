import type { RecordedCall } from '@slipway/local-cloud';
import { allResources } from '../../../lambdas/resources/all.ts';
import { prefix } from '../../../workflow/machines.ts';
import { deferredKinds, type Kind, kinds, stages } from '../../../workflow/stages.ts';
import { actionOf, actionsOf } from '../../support/reads-page.ts';

/** Counts of calls. */
export interface Counts {
  /** To the platform: without what is Slipway's own, and without registries. */
  readonly platform: number;
  readonly mutating: number;
  readonly registry: number;
  readonly table: number;
  /** Mails published, executions started and looked at, plans kept. */
  readonly other: number;
  readonly throttled: number;
}

/** The calls of one function, for one kind of resource, to one service. */
export interface Tally {
  /** A stage, or a step around the regions. */
  readonly by: string;
  /** Several, where the call does not tell which; '–' of none. */
  readonly kind: string;
  readonly service: string;
  readonly mutating: number;
  readonly reading: number;
  readonly critical: number;
}

/** The registry's API: the SDK does not make these calls. */
const registryActions =
  /^(BatchCheckLayerAvailability|GetDownloadUrlForLayer|InitiateLayerUpload|UploadLayerPart|CompleteLayerUpload|PutImage|BatchGetImage|GetAuthorizationToken)$/;

const callerOf = ({ principal }: RecordedCall): string => principal.replace(`lambda:${prefix}-`, '');

export function targetOf(call: RecordedCall): 'platform' | 'registry' | 'table' | 'other' {
  const { service, action } = call;
  if (service === 'dynamodb') return 'table';
  if (service === 'states' || `${service}:${action}` === 'sns:Publish') return 'other';
  if (service === 's3' && /^(plan$|request-)/.test(callerOf(call))) return 'other';
  return service === 'ecr' && registryActions.test(action) ? 'registry' : 'platform';
}

export function countsOf(calls: readonly RecordedCall[]): Counts {
  const to = (target: ReturnType<typeof targetOf>) => calls.filter((call) => targetOf(call) === target);
  return {
    platform: to('platform').length,
    mutating: to('platform').filter(({ mutating }) => mutating).length,
    registry: to('registry').length,
    table: to('table').length,
    other: to('other').length,
    throttled: calls.filter(({ error = '' }) => /Throttl|RequestLimitExceeded|TooManyRequests/.test(error)).length,
  };
}

/** The kinds that a function handles; of a step around the regions, any. */
function kindsOf(caller: string): readonly Kind[] {
  const stage = stages.find(({ name }) => name === caller);
  if (stage === undefined) return kinds;
  return 'kinds' in stage ? [...stage.kinds, ...deferredKinds(stage)] : stage.awaits.map(({ kind }) => kind);
}

/**
 * The kind of resource that a call is for: the one of its function's kinds that may make it. Of several, the one that the
 * action names; where it names none, all of them.
 */
export function kindOf(call: RecordedCall): string {
  if (targetOf(call) === 'table' || targetOf(call) === 'other') return '–';
  const action = actionOf(call);
  const able = kindsOf(callerOf(call)).filter((kind) => {
    const { read, write, deferred = [] } = allResources[kind].permissions;
    return actionsOf([...read, ...write, ...deferred]).includes(action);
  });
  const [named] = able
    .filter((kind) => action.toLowerCase().includes(kind.replaceAll('-', '')))
    .sort((one, other) => other.length - one.length);
  return named ?? (able.join(', ') || '–');
}

export function talliesOf(calls: readonly RecordedCall[], critical: ReadonlySet<RecordedCall>): readonly Tally[] {
  const groups = Map.groupBy(calls, (call) => JSON.stringify([callerOf(call), kindOf(call), call.service]));
  return [...groups].map(([key, same]) => {
    const [by, kind, service] = JSON.parse(key) as [string, string, string];
    const mutating = same.filter((call) => call.mutating).length;
    const onPath = same.filter((call) => critical.has(call)).length;
    return { by, kind, service, mutating, reading: same.length - mutating, critical: onPath };
  });
}
