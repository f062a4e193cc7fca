import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readInput } from '../../../../infra/cli/input-file.ts';
import { planLines, reportLines } from '../../../../infra/cli/print.ts';
import type { PlannedChange } from '../../../../workflow/documents.ts';
import { printable, printableLine } from '../../../../workflow/printable.ts';
import type { Report } from '../../../../workflow/report.ts';
import { shownValue } from '../../../../workflow/shown-value.ts';
import { regionConfig } from '../../../support/region-config.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours are left out of the comparison
const plain = (text: string): string => text.replaceAll(/\u001b\[\d+m/g, '');

const change = (fields: Partial<PlannedChange>): PlannedChange => ({
  region: 'us-east-1',
  stage: 'alb',
  impact: 'serving',
  kind: 'listener',
  key: 'http',
  action: 'unchanged',
  differences: [],
  ...fields,
});
const planned = (...changes: readonly PlannedChange[]): string =>
  plain(planLines(changes, [regionConfig()]).join('\n'));

describe('a plan as text', () => {
  test('without changes says how many resources match, and what they cost', () => {
    expect(planned(change({}), change({ key: 'https' }))).toMatch(
      /^No changes: 2 resources match\.\n\nEstimated monthly cost after this run:\n {2}us-east-1: about \$\d+ a month/,
    );
  });

  test('ends with the mails that nobody would get', () => {
    const config = regionConfig();
    const silent = { ...config, alarms: { ...config.alarms, emails: [] } };
    expect(planned(change({}))).not.toContain('NOBODY');
    expect(plain(planLines([], [silent]).at(-1) ?? '')).toMatch(/^NOBODY GETS AN E-MAIL when an alarm goes off: /);
  });

  test('has a line for each change and each difference, and counts the rest', () => {
    const text = planned(
      change({ action: 'create', key: 'https' }),
      change({ action: 'update', differences: [{ path: 'port', was: 80, want: 81 }] }),
      change({ waiting: 'it is being made' }),
      change({}),
    );
    expect(text.split('\n').slice(0, 5)).toEqual([
      'create    us-east-1      listener/https',
      'update    us-east-1      listener/http',
      '            port: 80 -> 81',
      'unchanged us-east-1      listener/http  (it is being made)',
      '1 more resources match.',
    ]);
  });

  test('says which later stage makes a change', () => {
    const differences = [{ path: 'zones', was: 3, want: 2, deferred: true } as const];
    expect(planned(change({ action: 'update', differences, deferredTo: 'finish-production' }))).toContain(
      'zones: 3 -> 2 (left to Finish production)',
    );
  });
});

describe('one side of a difference', () => {
  test.each([
    [undefined, 'nothing'],
    [null, 'null'],
    ['a', '"a"'],
    ['${task-definition/production.id}', '"<id of task-definition/production>"'],
    ['${HOME} ${path/old.new} ${', '"${HOME} ${path/old.new} ${"'],
    ['x'.repeat(300), `"${'x'.repeat(199)}… (302 characters)`],
  ])('%j is shown as %s', (value, shown) => {
    expect(shownValue(value)).toBe(shown);
  });
});

describe('a report as text', () => {
  const report: Report = {
    deployment: 'platform',
    execution: 'run-1',
    outcome: 'succeeded',
    decision: { decision: 'approved', by: 'me\n\u001b[2J', at: 'noon' },
    regions: [
      {
        region: 'us-east-1',
        status: 'succeeded',
        urls: { production: 'http://lb/' },
        outputs: {
          vpc: { main: { id: 'vpc-1' } },
          'nat-gateway': { a: { id: 'nat-1' }, b: { id: 'nat-2' } },
          repository: { app: { id: 'app', uri: 'registry/app' } },
        },
      },
      { region: 'us-west-2', status: 'failed', urls: {}, outputs: {}, error: { Error: 'QuotaError', Cause: 'full' } },
    ],
    timeline: [
      { stage: 'validate', startedAt: '2026-01-01T00:00:00.000Z', durationSeconds: 1 },
      { stage: 'vpc', startedAt: '2026-01-01T00:01:00.000Z', durationSeconds: 5 },
    ],
    kept: ['us-east-1 repository/app (app)'],
    unmanaged: ['us-east-1 role somebody'],
  };

  test('holds outcome, decision, URLs, ids, errors, and what stays', async () => {
    expect(plain(await reportLines(report)).split('\n')).toEqual([
      'platform: succeeded after 1:05',
      'approved by me\\n\\u001b[2J',
      '',
      'us-east-1: succeeded',
      '  production     http://lb/',
      '  VPC            vpc-1',
      '  NAT gateways   nat-1, nat-2',
      '  repository     registry/app',
      '',
      'us-west-2: failed',
      '  QuotaError: full',
      '',
      'Kept:',
      '  us-east-1 repository/app (app)',
      '',
      'Not managed by Slipway, left alone:',
      '  us-east-1 role somebody',
    ]);
  });
});

test('a source repository on AWS is shown with the URL that git-remote-codecommit takes; a local one needs no helper', async () => {
  const shownFor = async (cloneUrl: string): Promise<string> =>
    plain(
      await reportLines({
        deployment: 'platform',
        execution: 'run-1',
        outcome: 'succeeded',
        regions: [
          {
            region: 'eu-west-1',
            status: 'succeeded',
            urls: {},
            outputs: { 'source-repository': { main: { id: 'platform-app', cloneUrl } } },
          },
        ],
        timeline: [],
      }),
    );
  const onAws = 'https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/platform-app';
  expect(await shownFor(onAws)).toContain(`source         ${onAws}`);
  expect(await shownFor(onAws)).toContain('codecommit::eu-west-1://platform-app');
  const local = 'http://localhost:4610/git-codecommit.eu-west-1/v1/repos/platform-app';
  expect(await shownFor(local)).toContain(`source         ${local}`);
  expect(await shownFor(local)).not.toContain('codecommit::');
});

describe('what others typed', () => {
  test.each([
    ['\u001b[2J', '\\u001b[2J', '\\u001b[2J'],
    ['a\nb\tc', 'a\nb\tc', 'a\\nb\\tc'],
    ['\u009b\r\u202e', '\\u009b\\u000d\\u202e', '\\u009b\\u000d\\u202e'],
    ['Łukasz 李', 'Łukasz 李', 'Łukasz 李'],
  ])('%j never steers the terminal', (text, lines, line) => {
    expect([printable(text), printableLine(text)]).toEqual([lines, line]);
  });
});

describe('an input file', () => {
  let directory: string;
  let file: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'slipway-input-'));
    file = join(directory, 'input.json');
  });
  afterAll(() => rm(directory, { recursive: true }));

  test('may start with a byte order mark', async () => {
    await writeFile(file, '\uFEFF{"deployment":"shop"}');
    expect(await readInput(file)).toBe('{"deployment":"shop"}');
  });

  test.each([
    ['{ zoneCount', /is not JSON: /],
    ['{"zoneCount":9}', /is refused:\n\$\.zoneCount: /],
  ])('%s is refused', async (text, message) => {
    await writeFile(file, text);
    await expect(readInput(file)).rejects.toThrow(message);
  });

  test('that is not there is refused', async () => {
    await expect(readInput('/nowhere.json')).rejects.toThrow(/nowhere\.json can't be read/);
  });
});
