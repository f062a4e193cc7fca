import { describe, expect, test } from '@jest/globals';
import { parseDestroyInput } from '../../../workflow/destroy-input.ts';
import { parseInput } from '../../../workflow/input.ts';
import { nameProblems, nameRules } from '../../../workflow/name-rules.ts';
import * as names from '../../../workflow/names.ts';
import { knownRegions } from '../../../workflow/regions.ts';
import { regionConfig } from '../../support/region-config.ts';

describe('the name of a deployment', () => {
  test.each([
    ['internal', 'the load balancer would be named internal-alb: names of load balancers may not start with internal-'],
    [
      'internal-shop',
      'the load balancer would be named internal-shop-alb: names of load balancers may not start with internal-',
    ],
    ['sg', 'the security group would be named sg-alb: names of security groups may not start with sg-'],
    ['sg-shop', 'the security group would be named sg-shop-alb: names of security groups may not start with sg-'],
    [
      'sthree',
      'the bucket would be named sthree-000000000000-us-east-1-artifacts: S3 reserves the prefixes xn--, sthree- and amzn-s3-demo-',
    ],
    [
      'amzn-s3-demo',
      'the bucket would be named amzn-s3-demo-000000000000-us-east-1-artifacts: S3 reserves the prefixes xn--, sthree- and amzn-s3-demo-',
    ],
    ['slipway', 'the topic would be named slipway-alarms: topics that start with slipway- are the provisioner’s own'],
  ])('%s is refused with the name that AWS would refuse', (deployment, message) => {
    expect(nameProblems(deployment)).toEqual([message]);
    expect(parseInput({ deployment })).toEqual({ problems: [{ path: '$.deployment', message }] });
  });

  test.each(['platform', 'internals', 'sgs', 'my-internal', 'slipways', 'abcdefghijklmnopqrst'])(
    '%s is taken',
    (deployment) => {
      expect(nameProblems(deployment)).toEqual([]);
    },
  );

  test.each(['internal', 'sg', 'slipway'])(
    '%s keeps nobody from what stands: it is reconciled and destroyed',
    (deployment) => {
      expect(parseInput({ mode: 'reconcile', deployment })).toHaveProperty('input.deployment', deployment);
      expect(parseDestroyInput({ deployment })).toHaveProperty('input.deployment', deployment);
    },
  );

  test('is too long where one of its resources’ names would be', () => {
    // `-production` has eleven: 21 and they just fit.
    expect(nameProblems('a'.repeat(21)).filter((problem) => problem.includes('target group'))).toEqual([]);
    expect(nameProblems('a'.repeat(30))).toContain(
      `the target group would be named ${'a'.repeat(30)}-staging: at most 32 characters`,
    );
  });
});

test('every name that is derived has a rule', () => {
  const place = regionConfig();
  const ruled = nameRules.flatMap((rule) => rule.names(place));
  const derived = Object.entries(names).flatMap(([name, derive]) =>
    typeof derive === 'function' && /(Name|Family|LogGroup)$/.test(name)
      ? [[name, (derive as (...all: unknown[]) => string)(place, 'staging', 'cpu')] as const]
      : [],
  );
  expect(derived.length).toBeGreaterThan(15);
  // With the wrong second argument only the part after the deployment differs, so its start is enough.
  const missing = derived.filter(
    ([, text]) => !ruled.some((each) => each === text || each.startsWith(text.replace(/(staging|cpu)[^/]*$/, ''))),
  );
  expect(missing).toEqual([]);
});

/** A name that two deployments could give to something of the same kind would be given to the one that comes first. */
test('no two deployments have a name in common, in any two regions', () => {
  const place = { deployment: 'shop', account: '123456789012', partition: 'aws' };
  const everywhere = ({ names }: (typeof nameRules)[number], deployment: string): ReadonlySet<string> =>
    new Set(knownRegions.flatMap((region) => names({ ...place, deployment, region })));
  // The other one is all of the name before one of its hyphens: `shop-us` of `shop-us-east-1`.
  const others = (name: string): readonly string[] =>
    [...name.matchAll(/-/g)].map(({ index }) => name.slice(0, index)).filter((each) => each !== 'shop');
  const shared = nameRules.flatMap((rule) => {
    const ours = everywhere(rule, 'shop');
    const theirs = new Map([...ours].flatMap(others).map((other) => [other, everywhere(rule, other)]));
    return [...theirs].flatMap(([other, names]) =>
      [...names].filter((name) => ours.has(name)).map((name) => [other, name]),
    );
  });
  expect(shared).toEqual([]);
});
