import type { ContainerDefinition } from '@aws-sdk/client-ecs';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { planRegion, summarisePlan } from '../../../../lambdas/engine/plan.ts';
import { provisionStage } from '../../../../lambdas/engine/provision.ts';
import { allResources } from '../../../../lambdas/resources/all.ts';
import { type AnyResource, readyAtOnce, ref } from '../../../../lambdas/resources/resource.ts';
import type { RegionConfig } from '../../../../workflow/config.ts';
import type { Outputs } from '../../../../workflow/documents.ts';
import { type Environment, environments } from '../../../../workflow/environments.ts';
import { type Kind, kinds, type MakingStageName } from '../../../../workflow/stages.ts';
import { type Answers, answeringCloud, refusal } from '../../../support/answering-cloud.ts';
import { idleJournal } from '../../../support/idle-journal.ts';
import { regionConfig } from '../../../support/region-config.ts';

type Revision = Readonly<Record<string, unknown>> & {
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly cpu: string;
  readonly containerDefinitions: readonly ContainerDefinition[];
};

const repository = '123456789012.dkr.ecr.us-east-1.amazonaws.com/platform-app';
const digestOf = (app: number): string => `sha256:${`${app}`.padStart(64, '0')}`;
const imageOf = (app: number): string => `${repository}@${digestOf(app)}`;

/** ECS as far as releases touch it, with a region's services and task definitions and nothing else of the platform. */
class Region {
  /** By family, the newest last. */
  readonly revisions = new Map<string, Revision[]>();
  readonly services = new Map<Environment, string>();
  app = 0;
  cpu = 256;
  keepReleases = false;
  #builds = 1000;
  readonly #answers: Answers = {
    RegisterTaskDefinition: (input) => ({ taskDefinition: this.register(input) }),
    DescribeTaskDefinition: ({ taskDefinition }) => {
      const found = this.revision(String(taskDefinition)) ?? this.revisions.get(String(taskDefinition))?.at(-1);
      if (found === undefined) throw refusal('ClientException', 'Unable to describe task definition.');
      return { taskDefinition: found, tags: found.tags };
    },
    DescribeServices: ({ cluster, services }) => ({
      services: (cluster === 'platform-cluster' ? (services as Environment[]) : []).flatMap((name) => {
        const taskDefinition = this.services.get(name);
        return taskDefinition === undefined ? [] : [{ serviceName: name, status: 'ACTIVE', taskDefinition }];
      }),
    }),
  };
  /** The cluster and the services: what runs in each environment. The task definitions are the real kind. */
  readonly #resources = Object.fromEntries(
    kinds.map((kind) => [kind, { kind, specs: () => [], list: async () => [] }]),
  ) as unknown as Record<Kind, AnyResource>;

  constructor() {
    const services = () => [...this.services].map(([key, taskDefinition]) => ({ key, id: key, taskDefinition }));
    const deploy = (environment: string, { taskDefinition }: { taskDefinition: string }): object => {
      this.services.set(environment as Environment, taskDefinition);
      return { key: environment, id: environment, taskDefinition };
    };
    const common = { readiness: readyAtOnce, output: ({ id }: { id: string }) => ({ id }) };
    const { list, diff, create, update, output } = allResources['task-definition'];
    Object.assign(this.#resources['task-definition'], {
      ...{ ...common, list, diff, create, update, output, revised: true },
      specs: (config: RegionConfig) =>
        allResources['task-definition']
          .specs(config)
          .map((each) => ({ ...each, spec: { ...each.spec, executionRole: 'arn:role' } })),
    });
    Object.assign(this.#resources.cluster, common, {
      specs: () => [{ key: 'main', spec: {} }],
      list: async () => [{ key: 'main', id: 'platform-cluster' }],
      diff: () => [],
    });
    Object.assign(this.#resources.service, common, {
      environmentOf: (key: string) => key,
      specs: () =>
        environments.map((key) => ({
          key,
          stage: `deploy-${key}`,
          spec: { taskDefinition: ref('task-definition', key) },
        })),
      list: async () => services(),
      diff: (spec: { taskDefinition: string }, found: { taskDefinition: string }) =>
        spec.taskDefinition === found.taskDefinition
          ? []
          : [{ path: 'taskDefinition', was: found.taskDefinition, want: spec.taskDefinition }],
      create: async (_: unknown, { key, spec }: { key: string; spec: { taskDefinition: string } }) => deploy(key, spec),
      update: async (_: unknown, { key, spec }: { key: string; spec: { taskDefinition: string } }) => deploy(key, spec),
    });
  }

  register(input: object): Revision {
    const { family } = input as Revision;
    const all = this.revisions.get(family) ?? [];
    const revision = { ...input, taskDefinitionArn: `arn:${family}:${all.length + 1}` } as Revision;
    this.revisions.set(family, [...all, revision]);
    return revision;
  }

  revision = (arn: string): Revision | undefined =>
    [...this.revisions.values()].flat().find(({ taskDefinitionArn }) => taskDefinitionArn === arn);

  running = (environment: Environment): Revision | undefined => this.revision(this.services.get(environment) ?? '');
  imageIn = (environment: Environment): string | undefined => this.running(environment)?.containerDefinitions[0]?.image;

  /** As CodePipeline does: a copy of what runs, with another image. @param well whether ECS does not roll it back */
  release(environment: Environment, well: boolean): string | undefined {
    const running = this.running(environment);
    if (running === undefined) return undefined;
    this.#builds += 1;
    const image = imageOf(this.#builds);
    const containerDefinitions = running.containerDefinitions.map((container) => ({ ...container, image }));
    const { taskDefinitionArn } = this.register({ ...running, containerDefinitions });
    if (!well) return undefined;
    this.services.set(environment, taskDefinitionArn);
    return image;
  }

  get #config(): RegionConfig {
    const base = regionConfig();
    return {
      ...base,
      ...(this.keepReleases ? { keepReleases: true } : {}),
      app: { ...base.app, cpu: this.cpu },
      image: { ...base.image, digest: digestOf(this.app) },
    };
  }

  plan = () => planRegion(answeringCloud(this.#answers, { scope: this.#config }).cloud, this.#config, this.#resources);

  async provision(
    stages: readonly MakingStageName[] = ['ecs', 'deploy-staging', 'deploy-production'],
  ): Promise<Outputs> {
    let outputs: Outputs = {};
    for (const stage of stages) {
      const own: readonly Kind[] = stage === 'ecs' ? ['cluster', 'task-definition'] : ['service'];
      const done = await provisionStage({
        ...{
          cloud: answeringCloud(this.#answers, { scope: this.#config }).cloud,
          config: this.#config,
          stage,
          outputs,
          appliesDeferred: [],
        },
        resources: own.map((kind) => this.#resources[kind]),
        journal: idleJournal,
      });
      outputs = done.outputs;
    }
    return outputs;
  }
}

/** What people did, and what has to run for it. */
interface Model {
  /** The own app that a run put there last. */
  readonly deployed: Map<Environment, number>;
  readonly released: Map<Environment, string>;
}

/** A run to its end: what it asks, what it leaves, and that the next one finds nothing to do. */
const run =
  (mode: 'start' | 'reconcile') =>
  async (model: Model, region: Region): Promise<void> => {
    region.keepReleases = mode === 'reconcile';
    const newer = environments.filter(
      (each) =>
        model.deployed.has(each) &&
        model.deployed.get(each) !== region.app &&
        !(mode === 'reconcile' && model.released.has(each)),
    );
    const plan = await region.plan();
    // Slipway's own app in the place of a release: people are told and asked, before anything is changed.
    expect(summarisePlan([plan]).askFirst).toBe(newer.some((each) => model.released.has(each)));
    const images = plan.changes
      .filter(({ differences }) => differences.some(({ path }) => path.endsWith('image')))
      .map(({ key }) => key);
    expect(images).toEqual(newer);
    const outputs = await region.provision();
    for (const each of environments) {
      if (newer.includes(each)) model.released.delete(each);
      if (newer.includes(each) || !model.deployed.has(each)) model.deployed.set(each, region.app);
      const image = model.released.get(each) ?? imageOf(region.app);
      expect(region.running(each)).toMatchObject({ cpu: `${region.cpu}`, containerDefinitions: [{ image }] });
      expect(outputs['task-definition']?.[each]?.image).toBe(image);
    }
    expect(summarisePlan([await region.plan()]).hasChanges).toBe(false);
  };

const command = (name: string, work: (model: Model, region: Region) => Promise<void> | void) => ({
  check: () => true,
  toString: () => name,
  run: async (model: Model, region: Region) => work(model, region),
});
const environment = fc.constantFrom(...environments);

test('what runs is what the pipeline released, whatever settings change, until Slipway’s own app does', async () => {
  const commands = fc.commands(
    [
      fc.constantFrom('start' as const, 'reconcile' as const).map((mode) => command(mode, run(mode))),
      environment.map((each) =>
        command(`release to ${each}`, (model, region) => {
          const image = region.release(each, true);
          if (image !== undefined) model.released.set(each, image);
        }),
      ),
      environment.map((each) =>
        command(`release to ${each}, rolled back`, (_, region) => void region.release(each, false)),
      ),
      fc.constantFrom(256, 512).map((cpu) =>
        command(`cpu ${cpu}`, (_, region) => {
          region.cpu = cpu;
        }),
      ),
      // Revisions are registered, and the run ends before any is deployed.
      fc.constant(
        command('stopped run', async (model, region) => {
          region.keepReleases = false;
          if (environments.every((each) => model.deployed.get(each) === region.app)) await region.provision(['ecs']);
        }),
      ),
      fc.constant(
        command('own app', (_, region) => {
          region.app += 1;
        }),
      ),
    ],
    { size: 'max', maxCommands: 20 },
  );
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const model: Model = { deployed: new Map(), released: new Map() };
      const region = new Region();
      await fc.asyncModelRun(() => ({ model, real: region }), sequence);
      await run('start')(model, region);
    }),
    { seed: 1, numRuns: 100 },
  );
});
