import { describe, expect, test } from '@jest/globals';
import { inputOf, problemsOf } from '../../support/parsed-input.ts';

describe('the app of an input', () => {
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

  test('may hold any other text in braces', () => {
    const command = ['sh', '-c', 'echo ${HOME} ${file/old.new} ${vpc}'];
    expect(inputOf({ app: { command } }).app.command).toEqual(command);
  });

  test('keeps what it says and fills in the rest', () => {
    expect(inputOf({ app: { cpu: 1024, memory: 4096 } }).app).toMatchObject({ cpu: 1024, memory: 4096, port: 8080 });
  });

  test.each<[string, unknown, string]>([
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
    ...['a/', '', 'x'.repeat(65)].map((name): [string, unknown, string] => [
      `the role "${name}"`,
      { app: { taskRoleArn: `arn:aws:iam::123456789012:role/${name}` } },
      '$.app.taskRoleArn: not the ARN of a role',
    ]),
    ['a role by its name', { app: { taskRoleArn: 'reader' } }, '$.app.taskRoleArn: not the ARN of a role'],
    ['a command of nothing', { app: { command: [] } }, '$.app.command: '],
  ])('is refused with the JSON path: %s', (_, raw, expected) => {
    expect(problemsOf(raw).filter((problem) => problem.startsWith(expected))).toHaveLength(1);
  });
});
