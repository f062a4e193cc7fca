import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { ensureVirtualEnvironment, sharedDirectory } from '@slipway/local-cloud';
import { asSlipwayError, isNotFound } from '../../lambdas/aws/aws-errors.ts';
import type { RegionConfig } from '../../workflow/config.ts';
import { awsService } from '../support/aws-services.ts';
import { type RecordedRequest, recordRequests } from '../support/recorded-requests.ts';
import { connectedPipeline, regionConfig, secondaryConfig } from '../support/region-config.ts';

const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef';

/** The longest names that the input allows: 20 characters, and the longest of the known regions. */
const longest = {
  deployment: 'a-name-of-20-letters',
  region: 'ap-southeast-2',
  regions: ['ap-southeast-2', 'us-west-2'],
};

/** As many and as long as the input allows. */
const mostTags = Object.fromEntries(
  Array.from({ length: 20 }, (_, index) => [`${index}`.padEnd(127, 'k'), '@'.repeat(255)]),
);

const configs: readonly (readonly [string, RegionConfig])[] = [
  ['the primary region', regionConfig()],
  ['another region', secondaryConfig()],
  ['a region with a certificate', regionConfig({ certificateArn })],
  ['a region with the longest names', regionConfig(longest)],
  ['a region with a source by CodeConnections', regionConfig({ pipeline: connectedPipeline })],
  ['a region with the most tags', regionConfig({ tags: mostTags })],
];

const python = (): string => join(sharedDirectory, 'venv', 'bin', 'python');

interface Verdict {
  readonly problems: readonly (readonly string[])[];
  /** Of each request: what its operation may fail with. */
  readonly errors: readonly (readonly string[])[];
  /** Patterns of the models that Python can't read. */
  readonly unchecked: readonly string[];
}

/** JSON has no bytes: botocore is told them apart from text. Of a Buffer, the value is what it makes of itself. */
function withBytes(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const given = this[key];
  return given instanceof Uint8Array ? { base64: Buffer.from(given).toString('base64') } : value;
}

function validate(requests: readonly RecordedRequest[]): Verdict {
  const input = requests.map(({ client, operation, input: given }) => ({
    service: awsService('client', client).model,
    operation,
    input: given,
  }));
  const { status, stdout, stderr } = spawnSync(
    python(),
    [join(import.meta.dirname, '../support/validate_requests.py')],
    {
      input: JSON.stringify(input, withBytes),
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  if (status !== 0) throw new Error(`validate_requests.py failed: ${stderr}`);
  return JSON.parse(stdout) as Verdict;
}

const recorded = new Map<string, readonly RecordedRequest[]>();

beforeAll(async () => {
  for (const [name, config] of configs) recorded.set(name, await recordRequests(config));
});

describe("AWS's service models", () => {
  const wrong: readonly [string, string, string, object, RegExp][] = [
    ['a missing member', 'EC2Client', 'CreateVpcPeeringConnection', { Nonsense: 1 }, /Unknown parameter/],
    ['a missing required member', 'SNSClient', 'CreateTopic', {}, /Missing required/],
    ['a name that is too long', 'IAMClient', 'GetRole', { RoleName: 'a'.repeat(65) }, /length 65 is above 64/],
    ['an unknown value', 'ECSClient', 'ListTasks', { launchType: 'NONE' }, /is none of/],
    ['a wrong character', 'IAMClient', 'GetRole', { RoleName: 'a/b' }, /does not match/],
    ['a wrong type', 'EC2Client', 'CreateVpc', { CidrBlock: 10 }, /Invalid type/],
    [
      'a number out of range',
      'ElasticLoadBalancingV2Client',
      'ModifyListener',
      { ListenerArn: 'x', Port: 70_000 },
      /70000/,
    ],
  ];
  /** What is wrong with each request, under the name of its config or its mistake. One run: the models load slowly. */
  const problems = new Map<string, string[]>();
  let unchecked: readonly string[] = [];
  /** `operation: error`, for what a kind calls to see or to remove something. */
  const errors = new Set<string>();
  /** The same for every call. */
  const everyError = new Set<string>();

  beforeAll(async () => {
    await ensureVirtualEnvironment(sharedDirectory, () => {});
    const requests: readonly (readonly [string, RecordedRequest])[] = [
      ...[...recorded].flatMap(([name, all]) => all.map((request) => [name, request] as const)),
      ...wrong.map(
        ([name, client, operation, input]) => [name, { by: name, client, operation, input: { ...input } }] as const,
      ),
    ];
    const verdict = validate(requests.map(([, request]) => request));
    unchecked = verdict.unchecked;
    requests.forEach(([name, { by, operation }], index) => {
      const found = (verdict.problems[index] ?? []).map((problem) => `${by}: ${operation}: ${problem}`);
      problems.set(name, [...(problems.get(name) ?? []), ...found]);
      for (const error of (verdict.errors[index] ?? []).map((each) => `${operation}: ${each}`)) {
        everyError.add(error);
        if (/: (list|delete)$/.test(by)) errors.add(error);
      }
    });
  }, 300_000);

  test.each(configs)('allow every request in %s', (name) => {
    expect(recorded.get(name)?.length).toBeGreaterThan(100);
    expect([...new Set(problems.get(name))]).toEqual([]);
  });

  test('are read by Python but for patterns of IAM tag values, which are in surrogates', () => {
    expect(unchecked.filter((pattern) => !pattern.includes('\\uD800'))).toEqual([]);
  });

  test.each(wrong)('do not allow %s', (name, _client, _operation, _input, problem) => {
    expect(problems.get(name)?.join('\n')).toMatch(problem);
  });

  test('know no way to say "it is not there" that lambdas/aws/aws-errors.ts does not', () => {
    const missing = [...errors].filter((each) => /NotFound|NotExist|NonExist|NoSuch/.test(each));
    expect(missing.length).toBeGreaterThan(10);
    const unknown = missing.filter((each) => !isNotFound(Object.assign(new Error(), { name: each.split(': ')[1] })));
    // They say it of a key: what is encrypted with it is there.
    expect(unknown.filter((each) => !each.includes(': EncryptionKeyNotFound'))).toEqual([]);
  });

  test.each([
    [
      'a change at the same time',
      'TransientError',
      /: (Concurrent|Conflict|ResourceConflict|Stale|UpdateInProgress|OperationAborted)/,
    ],
    ['throttling', 'TransientError', /Throttl|TooManyRequests/],
    ['a denial', 'DeniedError', /Denied|Unauthorized|AuthorizationError/],
  ])('know no word for %s that is not taken for a %s', (_, expected, word) => {
    const said = [...everyError].filter((each) => word.test(each));
    expect(said).not.toEqual([]);
    const refused = (name: string) => Object.assign(new Error('no'), { name, $metadata: { httpStatusCode: 400 } });
    const taken = said.map((each) => [each, asSlipwayError(refused(each.split(': ')[1] ?? ''), 'x').name]);
    expect(taken.filter(([, name]) => name !== expected)).toEqual([]);
  });

  test('are asked about everything that the kinds create or set', () => {
    const folder = join(import.meta.dirname, '../../lambdas/resources');
    const written = readdirSync(folder).flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/new (\w+)Command\(/g)].map(
        ([, operation = '']) => operation,
      ),
    );
    const asked = new Set([...recorded.values()].flat().map(({ operation }) => operation));
    const changing = written.filter(
      (operation) => !/^(Describe|Get|List|Batch|De|Remove|Revoke|Disassociate)/.test(operation),
    );
    // They take what AWS showed, or what the create has set already; the last goes to another region (source-repository.test.ts).
    const notReached = ['PutRolePermissionsBoundary', 'ReplaceRouteTableAssociation', 'StartBuild'];
    expect(changing.filter((operation) => !asked.has(operation) && !notReached.includes(operation))).toEqual([]);
  });
});

describe('limits that the models leave out', () => {
  const limits: readonly (readonly [string, string, RegExp])[] = [
    // ELB's API reference: alphanumeric characters and hyphens, neither first nor last, at most 32.
    ['CreateLoadBalancer', 'Name', /^(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/],
    ['CreateTargetGroup', 'Name', /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?$/],
    // EC2: at most 255 of these, and not "sg-…".
    ['CreateSecurityGroup', 'GroupName', /^(?!sg-)[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/],
    ['CreateSecurityGroup', 'Description', /^[A-Za-z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/],
    // S3: 3 to 63 of lower case, digits, dots and hyphens.
    ['CreateBucket', 'Bucket', /^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$/],
    // ECS: at most 255 letters, digits, underscores and hyphens.
    ['CreateCluster', 'clusterName', /^[A-Za-z0-9_-]{1,255}$/],
    ['CreateService', 'serviceName', /^[A-Za-z0-9_-]{1,255}$/],
    ['RegisterTaskDefinition', 'family', /^[A-Za-z0-9_-]{1,255}$/],
    ['CreateService', 'clientToken', /^[\x21-\x7e]{1,36}$/],
    // SNS: at most 256 letters, digits, underscores and hyphens; display names to 100.
    ['CreateTopic', 'Name', /^[A-Za-z0-9_-]{1,256}$/],
    ['CreateVpc', 'CidrBlock', /^10\.[01]\.0\.0\/16$/],
  ];

  test.each(configs)('are kept in %s', (name) => {
    const requests = recorded.get(name) ?? [];
    const broken = limits.flatMap(([operation, member, allowed]) =>
      requests
        .filter((request) => request.operation === operation)
        .map(({ by, input }) => [by, String(input[member])] as const)
        .filter(([, value]) => !allowed.test(value))
        .map(([by, value]) => `${by}: ${operation}.${member}: ${value}`),
    );
    expect(broken).toEqual([]);
  });

  test.each(configs)('of tags are kept in %s: 50 a resource, 128 and 256 characters, none of them strange', (name) => {
    const tags = (recorded.get(name) ?? []).flatMap(({ by, input }) => tagLists(input).map((list) => ({ by, list })));
    expect(tags.length).toBeGreaterThan(10);
    const broken = tags.filter(
      ({ list }) =>
        list.length > 50 ||
        list.some(
          ([key, value]) => !/^(?!aws:)[\w .:/=+\-@]{1,128}$/.test(key) || !/^[\w .:/=+\-@]{0,256}$/.test(value),
        ),
    );
    expect(broken).toEqual([]);
  });
});

/** Every list of `{ Key, Value }` or `{ key, value }` under `Tags` or `tags`, and every map there. */
function tagLists(value: unknown, name = ''): readonly (readonly (readonly [string, string])[])[] {
  if (typeof value !== 'object' || value === null) return [];
  if (/^tags$/i.test(name)) {
    const pairs: [unknown, unknown][] = Array.isArray(value)
      ? value.map((tag: Record<string, unknown>) => [tag.Key ?? tag.key, tag.Value ?? tag.value])
      : Object.entries(value);
    return [pairs.map(([key, text]) => [String(key), String(text)] as const)];
  }
  return Object.entries(value).flatMap(([key, each]) => tagLists(each, key));
}
