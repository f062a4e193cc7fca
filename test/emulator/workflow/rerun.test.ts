import { beforeAll, describe, expect, test } from '@jest/globals';
import type { RecordedCall } from '../../../infra/local/local-cloud.ts';
import { platformInput, useProvisionedCloud } from '../../support/provisioned-cloud.ts';
import { changesOf, type Ended } from '../../support/provisioner.ts';

const provisioned = useProvisionedCloud();

let ended: Ended;
let calls: readonly RecordedCall[];

beforeAll(async () => {
  const { provisioner } = provisioned();
  const before = (await provisioner.calls()).length;
  ended = await provisioner.end(await provisioner.start(platformInput));
  calls = (await provisioner.calls()).slice(before);
}, 120_000);

describe('starting again with the same input', () => {
  test('ends as unchanged, without asking anybody', () => {
    expect(ended).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'unchanged' } });
    expect(ended.report?.plan?.counts).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
    expect(ended.report?.decision).toBeUndefined();
  });

  test('changes nothing but Slipway’s own table, topics and executions', () => {
    expect(changesOf(calls)).toEqual([]);
  });

  test('looked at everything: the record of calls is not empty by accident', () => {
    const read = new Set(
      calls.filter(({ mutating }) => !mutating).map(({ service, region }) => `${service} ${region}`),
    );
    for (const service of ['ec2', 'ecs', 'elasticloadbalancing', 'ecr', 'logs', 'sns'])
      for (const region of ['us-east-1', 'us-west-2']) expect(read).toContain(`${service} ${region}`);
  });

  test('reports the same outputs as the run that made them', () => {
    const { first } = provisioned();
    const ids = (regions: NonNullable<Ended['report']>['regions'] | undefined) =>
      regions?.map(({ region, urls, upstream }) => ({ region, urls, vpc: upstream.vpc, cluster: upstream.cluster }));
    expect(ids(ended.report?.regions)).toEqual(ids(first.report.regions));
  });
});
