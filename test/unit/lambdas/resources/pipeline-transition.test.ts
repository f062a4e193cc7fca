import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { describe, expect, test } from '@jest/globals';
import type { Cloud } from '../../../../lambdas/aws/cloud.ts';
import { type PipelineTransitionFound, pipelineTransition } from '../../../../lambdas/resources/pipeline-transition.ts';
import { scope } from '../../../support/ownership.ts';
import { regionConfig, secondaryConfig } from '../../../support/region-config.ts';

const hold = { pipeline: 'platform-pipeline', stage: 'Build', released: false };
const release = { ...hold, released: true };
const found = (overrides: Partial<PipelineTransitionFound> = {}): PipelineTransitionFound => ({
  key: 'hold',
  id: 'platform-pipeline/Build',
  pipeline: 'platform-pipeline',
  released: false,
  enabled: false,
  firstExecution: undefined,
  building: false,
  ...overrides,
});
const fresh = { enabled: true, firstExecution: 'execution-1' };
const released = { released: true, enabled: undefined };

describe('specs', () => {
  test('the pipeline stage holds, and the stage after production releases', () => {
    expect(pipelineTransition.specs(regionConfig()).map(({ key, stage }) => [key, stage])).toEqual([
      ['hold', 'pipeline'],
      ['release', 'finish-production'],
    ]);
  });

  test('a region without a pipeline has neither', () => {
    expect(pipelineTransition.specs(secondaryConfig())).toEqual([]);
  });
});

describe('hold', () => {
  test.each<[string, Partial<PipelineTransitionFound>, string[]]>([
    ['closes a new pipeline and abandons the run that its creation started', fresh, ['firstExecution', 'enabled']],
    ['abandons that run although the transition is closed', { firstExecution: 'execution-1' }, ['firstExecution']],
    ['stops the build that an abandoned run left behind', { building: true }, ['building']],
    ['wants nothing of a pipeline that is closed', {}, []],
    ['closes again what was opened by hand before the first release', { enabled: true }, ['enabled']],
    ['leaves a released pipeline to the people, open or closed', released, []],
  ])('%s', (_, overrides, paths) => {
    expect(pipelineTransition.diff(hold, found(overrides)).map(({ path }) => path)).toEqual(paths);
  });
});

describe('release', () => {
  test.each<[string, Partial<PipelineTransitionFound>, string[]]>([
    ['opens a closed pipeline and writes it down', {}, ['enabled', 'released']],
    [
      'abandons the first run before it opens',
      { firstExecution: 'execution-1' },
      ['firstExecution', 'enabled', 'released'],
    ],
    ['writes down what an earlier run opened and could not write down', { enabled: true }, ['released']],
    ['leaves a released pipeline to the people, open or closed', released, []],
  ])('%s', (_, overrides, paths) => {
    expect(pipelineTransition.diff(release, found(overrides)).map(({ path }) => path)).toEqual(paths);
  });
});

/** A client whose calls are noted, each answered by the answer for its name. */
function cloudAnswering(answers: Record<string, () => unknown> = {}): { cloud: Cloud; calls: [string, unknown][] } {
  const calls: [string, unknown][] = [];
  const client = new CodePipelineClient({ region: 'us-east-1' });
  client.send = async (command: { constructor: { name: string }; input: unknown }) => {
    const name = command.constructor.name.replace(/Command$/, '');
    calls.push([name, command.input]);
    return answers[name]?.() ?? {};
  };
  return { cloud: { scope, client: <Client>() => client as Client }, calls };
}

describe('update', () => {
  const update = async (
    spec: typeof hold,
    live: PipelineTransitionFound,
    answers: Record<string, () => unknown> = {},
  ) => {
    const { cloud, calls } = cloudAnswering(answers);
    await pipelineTransition.update(cloud, { key: live.key, spec }, live, pipelineTransition.diff(spec, live));
    return calls;
  };

  test('closes before it abandons, and says why', async () => {
    const calls = await update(hold, found(fresh));
    expect(calls).toEqual([
      [
        'DisableStageTransition',
        {
          pipelineName: 'platform-pipeline',
          stageName: 'Build',
          transitionType: 'Inbound',
          reason: expect.stringMatching(/^Slipway - /),
        },
      ],
      ['StopPipelineExecution', expect.objectContaining({ pipelineExecutionId: 'execution-1', abandon: true })],
      ['ListBuildsForProject', { projectName: 'platform-build' }],
    ]);
  });

  test('abandons before it opens, and writes down last', async () => {
    const calls = await update(release, found({ firstExecution: 'execution-1' }));
    expect(calls.map(([name]) => name)).toEqual([
      'StopPipelineExecution',
      'ListBuildsForProject',
      'EnableStageTransition',
      'TagResource',
    ]);
  });

  test.each<[string, Partial<PipelineTransitionFound>, string[]]>([
    ['that the run began until it was abandoned', { firstExecution: 'execution-1' }, ['StopPipelineExecution']],
    ['that an abandoned run left behind', { building: true }, []],
  ])('stops a build %s', async (_, overrides, before) => {
    const calls = await update(hold, found(overrides), {
      ListBuildsForProject: () => ({ ids: ['platform-build:2', 'platform-build:1'] }),
      BatchGetBuilds: () => ({
        builds: [
          { id: 'platform-build:2', buildStatus: 'IN_PROGRESS' },
          { id: 'platform-build:1', buildStatus: 'STOPPED' },
        ],
      }),
    });
    expect(calls.map(([name]) => name)).toEqual([...before, 'ListBuildsForProject', 'BatchGetBuilds', 'StopBuild']);
    expect(calls.at(-2)?.[1]).toEqual({ ids: ['platform-build:2', 'platform-build:1'] });
    expect(calls.at(-1)?.[1]).toEqual({ id: 'platform-build:2' });
  });

  test.each(['PipelineExecutionNotStoppableException', 'DuplicatedStopRequestException'])(
    'takes a run that ended by itself for abandoned (%s)',
    async (name) => {
      const fail = () => {
        throw Object.assign(new Error('too late'), { name });
      };
      await expect(update(hold, found(fresh), { StopPipelineExecution: fail })).resolves.toHaveLength(3);
    },
  );

  test('passes on any other error', async () => {
    const fail = () => {
      throw Object.assign(new Error('no'), { name: 'AccessDeniedException' });
    };
    await expect(update(hold, found(fresh), { StopPipelineExecution: fail })).rejects.toThrow('no');
  });
});

describe('list', () => {
  const owned = [
    { key: 'slipway:deployment', value: scope.deployment },
    { key: 'slipway:kind', value: 'pipeline' },
    { key: 'slipway:key', value: 'main' },
  ];
  const answers = (tags: object[]) => ({
    GetPipelineState: () => ({
      stageStates: [
        { stageName: 'Source' },
        { stageName: 'Build', inboundTransitionState: { enabled: false, disabledReason: 'Slipway - not yet' } },
      ],
    }),
    ListTagsForResource: () => ({ tags }),
    ListPipelineExecutions: () => ({
      pipelineExecutionSummaries: [
        { pipelineExecutionId: 'pushed', status: 'InProgress', trigger: { triggerType: 'CloudWatchEvent' } },
        { pipelineExecutionId: 'first', status: 'InProgress', trigger: { triggerType: 'CreatePipeline' } },
      ],
    }),
  });

  test('finds both keys of a pipeline of ours, and the run that its creation started', async () => {
    const live = await pipelineTransition.list(cloudAnswering(answers(owned)).cloud, {});
    expect(live.map(({ key }) => key)).toEqual(['hold', 'release']);
    expect(live[0]).toMatchObject({ released: false, enabled: false, firstExecution: 'first', building: false });
  });

  test.each([
    ['runs', 'IN_PROGRESS', true],
    ['has ended', 'SUCCEEDED', false],
  ])('sees a build that %s', async (_, buildStatus, building) => {
    const live = await pipelineTransition.list(
      cloudAnswering({
        ...answers(owned),
        ListBuildsForProject: () => ({ ids: ['platform-build:1'] }),
        BatchGetBuilds: () => ({ builds: [{ id: 'platform-build:1', buildStatus }] }),
      }).cloud,
      {},
    );
    expect(live[0]).toMatchObject({ building });
  });

  test('looks at nothing but the tags once the pipeline is released', async () => {
    const { cloud, calls } = cloudAnswering(answers([...owned, { key: 'slipway:released', value: 'true' }]));
    const live = await pipelineTransition.list(cloud, {});
    expect(live[0]).toMatchObject({ released: true, firstExecution: undefined });
    expect(calls.map(([name]) => name)).toEqual(['ListTagsForResource']);
  });

  test("finds nothing of somebody else's pipeline of that name", async () => {
    expect(await pipelineTransition.list(cloudAnswering(answers([])).cloud, {})).toEqual([]);
  });

  test('finds nothing where there is no pipeline', async () => {
    const gone = () => {
      throw Object.assign(new Error(), { name: 'ResourceNotFoundException' });
    };
    expect(await pipelineTransition.list(cloudAnswering({ ListTagsForResource: gone }).cloud, {})).toEqual([]);
  });
});

test('creating it is a programming error: it exists with its pipeline', async () => {
  await expect(pipelineTransition.create(cloudAnswering().cloud, { key: 'hold', spec: hold }, 't')).rejects.toThrow(
    TypeError,
  );
});
