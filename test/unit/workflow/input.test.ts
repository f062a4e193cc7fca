import { describe, expect, test } from '@jest/globals';
import { parseInput } from '../../../workflow/input.ts';
import { problemsText } from '../../../workflow/problems.ts';

const problemsOf = (raw: unknown): readonly string[] => {
  const parsed = parseInput(raw);
  return 'problems' in parsed ? parsed.problems.map(({ path, message }) => `${path}: ${message}`) : [];
};

const inputOf = (raw: unknown) => {
  const parsed = parseInput(raw);
  if ('problems' in parsed) throw new Error(JSON.stringify(parsed.problems));
  return parsed.input;
};

const tagsOf = (count: number): Readonly<Record<string, string>> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`tag-${index}`, 'x']));

describe('a good input', () => {
  test.each([
    ['an empty object', {}],
    ["the console's prefilled Comment", { Comment: 'Insert your JSON here' }],
  ])('%s is the platform of the diagrams', (_, raw) => {
    expect(inputOf(raw)).toMatchObject({
      deployment: 'platform',
      regions: [
        { region: 'us-east-1', cidr: '10.0.0.0/16' },
        { region: 'us-west-2', cidr: '10.1.0.0/16' },
      ],
      zoneCount: 2,
      app: { port: 8080, cpu: 256, memory: 512, desiredCount: 2, minCount: 2, maxCount: 10 },
      alarms: {
        cpuPercent: 80,
        memoryPercent: 80,
        http5xxCount: 10,
        responseSeconds: 1,
        unhealthyTargets: 0,
        periodSeconds: 300,
      },
    });
  });

  test.each([
    ['none', undefined, {}],
    ['20', tagsOf(20), tagsOf(20)],
    ['the longest', { ['k'.repeat(127)]: 'v'.repeat(255) }, { ['k'.repeat(127)]: 'v'.repeat(255) }],
    ['an empty value', { reviewed: '' }, { reviewed: '' }],
    ['every character', { 'a b_.:/=+-@9': 'Z @' }, { 'a b_.:/=+-@9': 'Z @' }],
  ])('may ask for tags: %s', (_, tags, expected) => {
    expect(inputOf({ tags }).tags).toEqual(expected);
  });

  test.each([
    ['an input without any', {}, ['a@example.com'], ['b@example.com']],
    [
      'one with other settings beside them',
      { alarms: { cpuPercent: 50 }, pipeline: { branch: 'x' } },
      ['a@example.com'],
      ['b@example.com'],
    ],
    ['one with its own', { alarms: { emails: ['o@example.com'] } }, ['a@example.com'], ['o@example.com']],
    ['one that wants nobody', { alarms: { emails: [] }, pipeline: { approvalEmails: [] } }, [], []],
  ])('takes the addresses of `deploy` for %s', (_, raw, approvers, alarmed) => {
    const parsed = parseInput(raw, { approvalEmails: ['a@example.com'], alarmEmails: ['b@example.com'] });
    expect(parsed).toMatchObject({ input: { pipeline: { approvalEmails: approvers }, alarms: { emails: alarmed } } });
  });

  test.each<[string, unknown, string]>([
    [
      'a variable',
      { app: { environment: { A: 'x ${vpc/main.id}' } } },
      '$.app.environment.A: ${vpc/main.id} stands for the id of vpc/main',
    ],
    [
      'a command',
      { app: { command: ['sh', '-c', 'echo ${role/events.arn}'] } },
      '$.app.command[2]: ${role/events.arn} stands for the arn of role/events',
    ],
    [
      'the path of the health check',
      { app: { healthPath: '/${image/app.digest}' } },
      '$.app.healthPath: ${image/app.digest} stands',
    ],
  ])('never takes text of people’s own for a reference: %s', (_, raw, problem) => {
    expect(problemsOf(raw)).toEqual([expect.stringContaining(problem)]);
  });

  test.each(['main', 'release/1.x', 'a-b_c', 'x.locks', 'HEAD/x', 'a1'.repeat(21)])(
    'may name the branch %s',
    (branch) => {
      expect(inputOf({ pipeline: { branch } }).pipeline.branch).toBe(branch);
    },
  );

  test('may hold any other text in braces', () => {
    const command = ['sh', '-c', 'echo ${HOME} ${file/old.new} ${vpc}'];
    expect(inputOf({ app: { command } }).app.command).toEqual(command);
  });

  test('keeps what it says and fills in the rest', () => {
    expect(inputOf({ app: { cpu: 1024, memory: 4096 } }).app).toMatchObject({ cpu: 1024, memory: 4096, port: 8080 });
  });
});

describe('a bad input is refused with the JSON path', () => {
  test.each<[string, unknown, string]>([
    ['a number instead of an object', 5, '$: '],
    ['a list instead of an object', [], '$: '],
    ['an unknown key', { region: 'us-east-1' }, '$.region: unknown key'],
    ['an unknown key inside', { app: { ports: 1 } }, '$.app.ports: unknown key'],
    ['a string for a number', { zoneCount: '2' }, '$.zoneCount: '],
    ['one zone', { zoneCount: 1 }, '$.zoneCount: a load balancer needs two zones'],
    ['no region', { regions: [] }, '$.regions: name at least one region'],
    [
      'an unknown region',
      { regions: [{ region: 'mars-1', cidr: '10.0.0.0/16' }] },
      '$.regions[0].region: not a region that Slipway knows (got "mars-1")',
    ],
    [
      'a malformed network',
      { regions: [{ region: 'us-east-1', cidr: '10.0.0/16' }] },
      '$.regions[0].cidr: write it as a network',
    ],
    [
      'host bits',
      { regions: [{ region: 'us-east-1', cidr: '10.0.0.1/16' }] },
      '$.regions[0].cidr: the address has host bits set',
    ],
    [
      'a network that is too large',
      { regions: [{ region: 'us-east-1', cidr: '10.0.0.0/8' }] },
      '$.regions[0].cidr: the prefix /8',
    ],
    [
      'a network that is too small',
      { regions: [{ region: 'us-east-1', cidr: '10.0.0.0/24' }] },
      '$.regions[0].cidr: the prefix /24',
    ],
    [
      'a public network',
      { regions: [{ region: 'us-east-1', cidr: '8.8.0.0/16' }] },
      '$.regions[0].cidr: it must lie in a private range',
    ],
    [
      'networks that overlap',
      {
        regions: [
          { region: 'us-east-1', cidr: '10.0.0.0/16' },
          { region: 'us-west-2', cidr: '10.0.16.0/20' },
        ],
      },
      '$.regions[1].cidr: 10.0.16.0/20 overlaps 10.0.0.0/16 of regions[0]',
    ],
    [
      'the same region twice',
      {
        regions: [
          { region: 'us-east-1', cidr: '10.0.0.0/16' },
          { region: 'us-east-1', cidr: '10.1.0.0/16' },
        ],
      },
      '$.regions[1].region: us-east-1 is already regions[0]',
    ],
    [
      "another region's certificate",
      {
        regions: [
          {
            region: 'us-east-1',
            cidr: '10.0.0.0/16',
            certificateArn: 'arn:aws:acm:us-west-2:123456789012:certificate/ab',
          },
        ],
      },
      '$.regions[0].certificateArn: the certificate is in us-west-2',
    ],
    ['more tasks at least than at most', { app: { minCount: 11 } }, '$.app.minCount: 11 is more than maxCount 10'],
    [
      'a count outside the range',
      { app: { desiredCount: 1 } },
      '$.app.desiredCount: 1 is not between minCount 2 and maxCount 10: give all three',
    ],
    [
      'a least count above the default that nobody wrote',
      { app: { minCount: 5 } },
      '$.app.desiredCount: 2 (the default) is not between minCount 5 and maxCount 10: give all three',
    ],
    ['CPU units that Fargate lacks', { app: { cpu: 300 } }, '$.app.cpu: 300 is not one of'],
    ['memory that does not go with the CPU', { app: { memory: 8192 } }, '$.app.memory: 8192 MB is not valid with 256'],
    [
      'memory between two sizes',
      { app: { memory: 1536 } },
      '$.app.memory: 1536 MB is not valid with 256 CPU units: use one of 512, 1024, 2048',
    ],
    ['a privileged port', { app: { port: 80 } }, '$.app.port: the container runs as a user'],
    ['a health path without a slash', { app: { healthPath: 'health' } }, '$.app.healthPath: must start with /'],
    [
      'an image by its tag',
      { app: { image: 'ghcr.io/acme/shop:1.2' } },
      '$.app.image: pin it by digest, registry/repository@sha256:<64 hex digits>: a tag may name another image tomorrow',
    ],
    [
      'an image without its registry',
      { app: { image: `shop@sha256:${'0'.repeat(64)}` } },
      '$.app.image: pin it by digest',
    ],
    ...['AWS_REGION', 'ENVIRONMENT', 'PORT', 'HOST', 'AWS_SECRET_ACCESS_KEY', 'ECS_CLUSTER'].map(
      (name): [string, unknown, string] => [
        `the variable ${name}`,
        { app: { environment: { [name]: 'x' } } },
        `$.app.environment.${name}: the platform or ECS sets this variable itself`,
      ],
    ),
    [
      'a variable that no shell could name',
      { app: { environment: { '1st': 'x' } } },
      '$.app.environment.1st: a variable name has letters, digits and underscores, and does not start with a digit',
    ],
    [
      'more text than the states of a run could carry',
      { app: { environment: { TEXT: 'x'.repeat(5000) } } },
      '$.app.environment: environment, secrets and command have 50',
    ],
    [
      'a secret by its name',
      { app: { secrets: { TOKEN: 'shop/token' } } },
      '$.app.secrets.TOKEN: not the whole ARN of a secret',
    ],
    [
      'one variable twice',
      {
        app: {
          environment: { KEY: 'x' },
          secrets: { KEY: 'arn:aws:ssm:{region}:123456789012:parameter/shop/key' },
        },
      },
      '$.app.secrets: KEY is in environment as well',
    ],
    ...['a..b', '-x', '/x', 'x/', 'x//y', '.x', 'x/.y', 'x.', 'x.lock', 'x.lock/y', 'HEAD', 'a1'.repeat(20), 'a b'].map(
      (branch): [string, unknown, string] => [`the branch ${branch}`, { pipeline: { branch } }, '$.pipeline.branch: '],
    ),
    ...[':key', ':key:AWSCURRENT', ':key:::', ':a b::'].map((rest): [string, unknown, string] => [
      `a secret with ${rest} behind it, which ECS takes for a mistake`,
      { app: { secrets: { A: `arn:aws:secretsmanager:us-east-1:123456789012:secret:x-AbCdEf${rest}` } } },
      '$.app.secrets.A: not the whole ARN of a secret',
    ]),
    [
      'a secret where Slipway may not look',
      { app: { secrets: { A: 'arn:aws:ssm:mars-1:123456789012:parameter/x' } } },
      '$.app.secrets.A: it is in a region that Slipway does not know',
    ],
    ...[
      ['environment', '$.app.environment.A'],
      ['command', '$.app.command[0]'],
    ].flatMap(([where, path]) =>
      ['x\0y', '\ud800', 'x\udfff'].map((text): [string, unknown, string] => [
        `${JSON.stringify(text)} in the ${where}`,
        { app: where === 'command' ? { command: [text] } : { environment: { A: text } } },
        `${path}: it holds NUL`,
      ]),
    ),
    ...['{"tags":', '{"app":{"environment":', '{"app":{"secrets":', '{"prices":', '{"approval":', ''].map(
      (before): [string, unknown, string] => [
        `a name that objects lose after ${before}`,
        JSON.parse(`${before}{"__proto__":"x"}${'}'.repeat(before.split('{').length - 1)}`),
        `$${[...before.matchAll(/"(\w+)"/g)].map(([, name]) => `.${name}`).join('')}.__proto__: this name is not available`,
      ],
    ),
    ...['a/', '', 'x'.repeat(65)].map((name): [string, unknown, string] => [
      `the role "${name}"`,
      { app: { taskRoleArn: `arn:aws:iam::123456789012:role/${name}` } },
      '$.app.taskRoleArn: not the ARN of a role',
    ]),
    ['a role by its name', { app: { taskRoleArn: 'reader' } }, '$.app.taskRoleArn: not the ARN of a role'],
    ['a command of nothing', { app: { command: [] } }, '$.app.command: '],
    ['a threshold out of range', { alarms: { cpuPercent: 150 } }, '$.alarms.cpuPercent: '],
    [
      'a period that is no whole minute',
      { alarms: { periodSeconds: 90 } },
      '$.alarms.periodSeconds: CloudWatch counts in whole minutes',
    ],
    [
      'something that is no e-mail address',
      { alarms: { emails: ['ops'] } },
      '$.alarms.emails[0]: not an e-mail address (got "ops")',
    ],
    [
      'a retention that CloudWatch lacks',
      { logRetentionDays: 31 },
      '$.logRetentionDays: CloudWatch Logs keeps logs for one of',
    ],
    ['a name that is too long', { deployment: 'a'.repeat(21) }, '$.deployment: 2 to 20 of'],
    [
      'a name that ELB refuses',
      { deployment: 'internal-shop' },
      '$.deployment: the load balancer would be named internal-shop-alb: names of load balancers may not start with internal-',
    ],
    ['too many tags', { tags: tagsOf(21) }, '$.tags: 21 tags: at most 20'],
    ['a list of tags', { tags: ['team'] }, '$.tags: '],
    ['a tag without a key', { tags: { '': 'x' } }, '$.tags[""]: a tag\'s key has 1 to 127 characters'],
    [
      'a tag whose key is too long',
      { tags: { ['k'.repeat(128)]: 'x' } },
      `$.tags.${'k'.repeat(128)}: a tag's key has 1 to 127`,
    ],
    ['a tag whose value is too long', { tags: { team: 'x'.repeat(256) } }, '$.tags.team: at most 255 characters'],
    ['a tag that is no text', { tags: { team: 5 } }, '$.tags.team: '],
    ['a strange character in a key', { tags: { 'a,b': 'x' } }, '$.tags["a,b"]: a tag\'s key may hold A-Z'],
    ['a strange character in a value', { tags: { team: 'a\tb' } }, "$.tags.team: a tag's value may hold A-Z"],
    [
      'a key that ends with a space',
      { tags: { 'team ': 'x' } },
      '$.tags["team "]: a tag\'s key has no spaces at its ends',
    ],
    [
      'a value that starts with a space',
      { tags: { team: ' x' } },
      "$.tags.team: a tag's value has no spaces at its ends",
    ],
    ['a key of AWS', { tags: { 'AWS:team': 'x' } }, '$.tags["AWS:team"]: keys that start with aws: or slipway:'],
    [
      'a key of Slipway',
      { tags: { 'slipway:key': 'x' } },
      '$.tags["slipway:key"]: keys that start with aws: or slipway:',
    ],
    ['the name', { tags: { Name: 'x' } }, '$.tags.Name: Slipway sets the tag Name itself'],
    ['the name in small letters, the same to IAM', { tags: { name: 'x' } }, '$.tags.name: Slipway sets the tag Name'],
    [
      'keys that differ only in case',
      { tags: { Team: 'x', team: 'y' } },
      '$.tags.team: it differs from Team only in case',
    ],
    ['an unknown mode', { mode: 'destroy' }, '$.mode: '],
  ])('%s', (_, raw, expected) => {
    expect(problemsOf(raw).filter((problem) => problem.startsWith(expected))).toHaveLength(1);
  });

  test('all problems of tags at once', () => {
    const tags = { ...tagsOf(20), 'aws:x': 5, Name: 'a,b', team: 'c,d' };
    expect(problemsOf({ tags }).map((problem) => problem.split(': ')[0])).toEqual([
      '$.tags["aws:x"]',
      '$.tags.Name',
      '$.tags.team',
      '$.tags',
      '$.tags["aws:x"]',
      '$.tags.Name',
    ]);
  });

  test('all problems at once', () => {
    const problems = problemsOf({ foo: 1, zoneCount: 9, app: { port: 1 }, alarms: { cpuPercent: -1 } });
    expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
      '$.alarms.cpuPercent',
      '$.app.port',
      '$.foo',
      '$.zoneCount',
    ]);
  });
});

test('of very many problems the first are told, and how many more there are', () => {
  const regions = Array.from({ length: 150 }, () => ({ region: 'us-east-1', cidr: '10.0.0.0/16' }));
  const parsed = parseInput({ regions });
  const text = problemsText('problems' in parsed ? parsed.problems : []);
  expect(text.length).toBeLessThan(10_000);
  expect(text.split('\n').at(-1)).toMatch(/^… and \d+ more problems$/);
});

test.each([
  ['null', null],
  ['nothing', undefined],
  ['a list', []],
  ['text', '{}'],
])('%s is no empty input: one that got lost is not the default', (_, raw) => {
  expect(parseInput(raw)).toEqual({ problems: [{ path: '$', message: expect.stringContaining('expected object') }] });
});
