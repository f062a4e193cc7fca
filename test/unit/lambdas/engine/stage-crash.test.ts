import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { provisionStage, type StageWork } from '../../../../lambdas/engine/provision.ts';
import { type AnyResource, type Found, ref } from '../../../../lambdas/resources/resource.ts';
import { openJournal } from '../../../../lambdas/store/journal.ts';
import type { Table } from '../../../../lambdas/store/table.ts';
import type { Kind } from '../../../../workflow/stages.ts';
import { noCloud } from '../../../support/no-cloud.ts';
import { regionConfig } from '../../../support/region-config.ts';
import { memoryTable } from '../../../support/table-double.ts';

const config = regionConfig({ primary: true });

/** A platform of three kinds in memory; whatever is called waits for its turn, and never comes back from a crash. */
function world() {
  const { table } = memoryTable([{ pk: 'DEPLOYMENT#platform', sk: 'LOCK', holder: 'arn:run', fence: 3 }]);
  const things: (Found & { readonly kind: Kind; readonly size: number })[] = [];
  let waiting: (() => void)[] = [];
  let [left, lagging, count] = [Number.POSITIVE_INFINITY, false, 0];
  let seen = 0;
  const hang = () => new Promise<never>(() => undefined);
  /** Makes a call in its turn. @param answers false where the function dies with the answer */
  const call = async <Answer>(make: () => Answer | Promise<Answer>): Promise<Answer> => {
    await new Promise<void>((go) => waiting.push(go));
    seen += 1;
    if (seen > left) return hang();
    const answer = await make();
    return seen === left ? hang() : answer;
  };
  const kindOf = (kind: Kind, keys: readonly string[], spec: object, more: Partial<AnyResource> = {}): AnyResource => ({
    kind,
    permissions: { read: [], write: [] },
    specs: () => keys.map((key) => ({ key, spec: { ...spec, size: 2 } })),
    list: () => call(() => (lagging ? [] : things.filter((thing) => thing.kind === kind))),
    readiness: () => ({ state: 'ready' }),
    diff: (spec, { size }) => (spec.size === size ? [] : [{ path: 'size', was: size, want: spec.size }]),
    create: (_, { key }) =>
      call(() => {
        count += 1;
        const thing = { kind, key, id: `${kind}-${key}-${count}`, size: 1 };
        things.push(thing);
        return thing;
      }),
    update: (_cloud, { spec: { size } }, { id }) =>
      call(() => {
        const at = things.findIndex((thing) => thing.id === id);
        things[at] = { ...(things[at] as (typeof things)[number]), size };
      }),
    delete: async () => undefined,
    output: ({ id }) => ({ id }),
    ...more,
  });
  const resources = [
    kindOf('vpc', ['main'], {}),
    kindOf('role', ['flow-logs'], {}),
    kindOf('subnet', ['a', 'b', 'c'], { vpc: ref('vpc', 'main') }),
    kindOf('route-table', ['main'], { subnets: ['a', 'b', 'c'].map((key) => ref('subnet', key)) }),
  ];
  const slow = Object.assign(Object.create(table.client), {
    send: (command: never) => call(() => table.client.send(command)),
  }) as Table['client'];
  const run = { deployment: 'platform', execution: { arn: 'arn:run', name: 'run', startedAt: '' }, fence: 3 };
  /** One attempt of the stage. @param order which of the calls that wait goes next */
  const attempt = async (how: {
    readonly order?: 'oldest' | 'newest';
    readonly calls?: number;
    readonly lags?: boolean;
    readonly settle?: number;
    readonly over?: Partial<StageWork>;
  }): Promise<Awaited<ReturnType<typeof provisionStage>> | 'died'> => {
    [left, lagging, seen, waiting] = [how.calls ?? Number.POSITIVE_INFINITY, how.lags ?? false, 0, []];
    const work = async () => {
      const journal = await openJournal({ ...table, client: slow }, run, 'us-east-1', how.settle ?? 0);
      const stage = {
        cloud: noCloud,
        config,
        stage: 'vpc',
        resources,
        appliesDeferred: [],
        outputs: {},
        journal,
      } as const;
      return provisionStage({ ...stage, ...how.over });
    };
    let end: { readonly result: Awaited<ReturnType<typeof work>> } | { readonly error: unknown } | undefined;
    work().then(
      (result) => {
        end = { result };
      },
      (error: unknown) => {
        end = { error };
      },
    );
    for (let idle = 0; end === undefined && idle < 5; idle += 1) {
      await turn();
      const next = how.order === 'newest' ? waiting.pop() : waiting.shift();
      if (next === undefined) continue;
      idle = 0;
      next();
    }
    if (end === undefined) return 'died';
    if ('error' in end) throw end.error;
    return end.result;
  };
  return { attempt, things, resources, calls: () => seen, waiting: () => waiting.length };
}

describe('a stage that dies', () => {
  const wanted = ['role/flow-logs', 'route-table/main', 'subnet/a', 'subnet/b', 'subnet/c', 'vpc/main'];
  const names = (things: ReturnType<typeof world>['things']) =>
    things.map(({ kind, key, size }) => `${kind}/${key}${size === 2 ? '' : ' unfinished'}`).toSorted();

  const none: readonly Kind[] = [];
  const all: readonly Kind[] = ['vpc', 'role', 'subnet', 'route-table'];
  test.each([
    ['oldest', none],
    ['newest', none],
    // In every attempt: the journal alone says what may exist.
    ['oldest', all],
    ['newest', all],
  ] as const)(
    'between any two of the calls that are open at once leaves one of each: the %s first, unseen before: %j',
    async (order, unseen) => {
      const over = { unseen };
      const undisturbed = world();
      await undisturbed.attempt({ order, over });
      expect(names(undisturbed.things)).toEqual(wanted);
      expect(undisturbed.calls()).toBeGreaterThan(unseen.length === 0 ? 18 : 15);
      for (let calls = 1; calls <= undisturbed.calls(); calls += 1) {
        const { attempt, things } = world();
        expect([calls, await attempt({ order, calls, over })]).toEqual([calls, 'died']);
        // Reads do not show yet what was made: nothing is made twice.
        const before = things.length;
        const again = attempt({ order, lags: true, settle: 60, over });
        if (before > 0) await expect(again).rejects.toMatchObject({ name: 'SettlingError' });
        else await again.catch(() => undefined);
        await attempt({ order, over });
        expect([calls, names(things)]).toEqual([calls, wanted]);
        expect(await attempt({ order, over })).toMatchObject({ applied: { created: [], updated: [], unchanged: 6 } });
      }
    },
  );
});

describe('a stage in a region where the plan saw nothing', () => {
  const unseen: readonly Kind[] = ['vpc', 'subnet'];

  test('looks for no more than the other kinds', async () => {
    const { attempt, things, calls } = world();
    expect(await attempt({ over: { unseen } })).toMatchObject({ applied: { unchanged: 0 } });
    const looked = calls();
    const other = world();
    await other.attempt({});
    expect([other.calls() - looked, things.length]).toEqual([unseen.length, 6]);
  });

  test('finds a part that came with what it is part of', async () => {
    const { attempt, things, resources } = world();
    const came = { kind: 'subnet' as const, key: 'a', id: 'subnet-came', size: 2 };
    const over = resources.map((resource) =>
      resource.kind === 'subnet'
        ? { ...resource, parent: 'vpc' as const, comesWithParent: true as const }
        : {
            ...resource,
            create: async (...args: Parameters<AnyResource['create']>) => {
              if (resource.kind === 'vpc') things.push(came);
              return resource.create(...args);
            },
          },
    );
    await attempt({ over: { unseen, resources: over } });
    expect(things.filter(({ key }) => key === 'a')).toEqual([came]);
  });
});

describe('a stage with several creates under way', () => {
  test('goes on with what is open when one fails, records it, and names every failure', async () => {
    const { attempt, things, resources } = world();
    const failing = resources.map((resource) => ({
      ...resource,
      create: async (...[cloud, wanted, token]: Parameters<AnyResource['create']>) => {
        if (['a', 'c'].includes(wanted.key))
          throw Object.assign(new Error(`no room for ${wanted.key}`), {
            name: 'SubnetLimitExceeded',
            $metadata: { httpStatusCode: 400 },
          });
        return resource.create(cloud, wanted, token);
      },
    }));
    const failed = attempt({ over: { resources: failing }, settle: 60 });
    await expect(failed).rejects.toMatchObject({
      name: 'ResourceFailedError',
      message: expect.stringMatching(/^could not create subnet\/a .*no room for a.*\nand: could not create subnet\/c/),
    });
    expect(things.map(({ id }) => id)).toEqual(['vpc-main-1', 'role-flow-logs-2', 'subnet-b-3']);
    // What was made is known, and what was refused need not settle.
    expect(await attempt({ settle: 60 })).toMatchObject({
      applied: { created: ['subnet/a', 'subnet/c', 'route-table/main'], updated: ['subnet/b'], unchanged: 2 },
    });
  });

  test('makes as few writes to the table as it has waves, and names what it did in the order of its kinds', async () => {
    const { attempt, calls } = world();
    mock.timers.enable({ apis: ['Date'] });
    const result = await attempt({}).finally(() => mock.timers.reset());
    expect(result).toMatchObject({
      applied: {
        created: ['vpc/main', 'role/flow-logs', 'subnet/a', 'subnet/b', 'subnet/c', 'route-table/main'],
        updated: [],
      },
    });
    // Four lists, six creates, six updates; the intents of three waves, each with the results of the one before.
    expect(calls()).toBe(1 + 4 + 6 + 6 + 3);
  });
});
