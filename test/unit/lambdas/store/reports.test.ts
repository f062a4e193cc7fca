import { describe, expect, test } from '@jest/globals';
import {
  hasOutputs,
  latestExecution,
  latestWrite,
  readEvents,
  readReport,
  readStanding,
  readStandingReport,
  writeReport,
  writeStanding,
} from '../../../../lambdas/store/reports.ts';
import { transact } from '../../../../lambdas/store/table.ts';
import type { Report } from '../../../../workflow/report.ts';
import { memoryTable } from '../../../support/table-double.ts';

const region = { region: 'us-east-1', status: 'succeeded' as const, urls: {}, outputs: { vpc: { main: { id: 'v' } } } };
const report: Report = { deployment: 'shop', execution: 'run', outcome: 'succeeded', regions: [region], timeline: [] };
const earlier = { ...report, execution: 'earlier' };

describe('a report', () => {
  test.each<[string, Partial<Report>, Report | undefined]>([
    ['that left something is what stands', {}, report],
    ['of a failure that left something is, too', { outcome: 'failed' }, { ...report, outcome: 'failed' }],
    ['that left nothing changes nothing of what stands', { regions: [{ ...region, outputs: {} }] }, earlier],
    ['of a rejection without regions does not', { outcome: 'rejected', regions: [] }, earlier],
    ['of a removal that went through takes it away', { outcome: 'destroyed', regions: [] }, undefined],
  ])('%s', async (_, over, standing) => {
    const { table } = memoryTable();
    await writeReport(table, 'arn:earlier', earlier);
    await writeReport(table, 'arn:run', { ...report, ...over });
    expect(await readReport(table, 'arn:run')).toEqual({ ...report, ...over });
    expect(await readStandingReport(table, 'shop')).toEqual(standing);
  });

  test('of a run that never knew its deployment is its own only', async () => {
    const { table, items } = memoryTable();
    const { deployment: _, ...unknown } = report;
    await writeReport(table, 'arn:run', unknown);
    expect(items().map(({ sk }) => sk)).toEqual(['REPORT']);
    expect(await readReport(table, 'arn:other')).toBeUndefined();
    expect(await readStandingReport(table, 'shop')).toBeUndefined();
  });

  test('has outputs where any region has', () => {
    expect(hasOutputs({ ...report, regions: [{ ...region, outputs: {} }, region] })).toBe(true);
    expect(hasOutputs({ ...report, regions: [{ ...region, outputs: {} }] })).toBe(false);
  });
});

test('what destroy found is read as it was written, and missed where it was not kept', async () => {
  const { table } = memoryTable();
  const [going, kept] = (['vpc', 'repository'] as const).map((kind) => [
    { region: 'us-east-1', kind, key: 'k', id: 'i' },
  ]);
  await writeStanding(table, 'arn:run', going ?? [], kept ?? []);
  expect(await readStanding(table, 'arn:run')).toEqual({ going, kept });
  await expect(readStanding(table, 'arn:other')).rejects.toThrow('what arn:other found standing was not kept');
});

test('the newest execution of a deployment is remembered', async () => {
  const { table } = memoryTable();
  expect(await latestExecution(table, 'shop')).toBeUndefined();
  await transact(table, [latestWrite(table, 'shop', 'arn:one')], 'it');
  await transact(table, [latestWrite(table, 'shop', 'arn:two')], 'it');
  expect(await latestExecution(table, 'shop')).toBe('arn:two');
});

test('the events of a run are read oldest first, and nothing else of it', async () => {
  const pk = 'EXECUTION#arn:run';
  const event = { deployment: 'shop', execution: 'run', status: 'started', at: '2026-01-01T00:00:00.000Z' };
  const { table } = memoryTable([
    { pk, sk: 'EVENT#2#us-east-1#vpc#started', ...event, stage: 'vpc' },
    { pk, sk: 'EVENT#1##plan#started', ...event, stage: 'plan' },
    { pk, sk: 'REPORT' },
    { pk: 'EXECUTION#arn:other', sk: 'EVENT#0##plan#started', ...event, stage: 'alb' },
  ]);
  expect((await readEvents(table, 'arn:run')).map(({ stage }) => stage)).toEqual(['plan', 'vpc']);
});
