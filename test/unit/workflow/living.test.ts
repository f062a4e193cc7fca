import { describe, expect, test } from '@jest/globals';
import { livingConflicts } from '../../../workflow/living.ts';

const east = { region: 'us-east-1', cidr: '10.0.0.0/16' } as const;
const west = { region: 'us-west-2', cidr: '10.1.0.0/16' } as const;

test.each([
  ['the same regions are no conflict', [east, west], []],
  ['a region more is no conflict', [east, west, { region: 'eu-west-1', cidr: '10.2.0.0/16' }], []],
  ['a region that stands may not be left out', [east], ['$.regions: us-west-2 is provisioned but not in the input']],
  [
    'a VPC keeps its network',
    [east, { ...west, cidr: '10.9.0.0/16' }],
    ['$.regions[1].cidr: the VPC in us-west-2 has 10.1.0.0/16, not 10.9.0.0/16'],
  ],
  ['the primary stays the first', [west, east], ['$.regions[0].region: CI/CD runs in us-east-1']],
])('%s', (_, regions, expected) => {
  const told = livingConflicts(
    [
      { ...east, primary: true },
      { ...west, primary: false },
    ],
    { deployment: 'platform', regions: [...regions] },
  ).map(({ path, message }) => `${path}: ${message}`);
  expect(
    told.map((text) => text.replace(/(, which has to stay the first)?: (destroy the deployment|name it again).*/, '')),
  ).toEqual(expected);
});

describe('what stands', () => {
  const standing = [
    { ...east, primary: true },
    { ...west, primary: false },
  ];
  const advice = 'destroy the deployment first, or use another deployment name';
  test.each([
    [
      'without its primary',
      [west],
      [{ path: '$.regions', message: `us-east-1 is provisioned but not in the input: ${advice}` }],
    ],
    [
      'without another region',
      [east],
      [
        {
          path: '$.regions',
          message:
            'us-west-2 is provisioned but not in the input: name it again, or remove it first: start slipway-destroy with {"deployment":"shop","regions":["us-west-2"]}',
        },
      ],
    ],
    [
      'in another order and network',
      [west, { ...east, cidr: '10.9.0.0/16' }],
      [
        {
          path: '$.regions[0].region',
          message: `CI/CD runs in us-east-1, which has to stay the first: ${advice}`,
        },
        { path: '$.regions[1].cidr', message: `the VPC in us-east-1 has 10.0.0.0/16, not 10.9.0.0/16: ${advice}` },
      ],
    ],
  ])('is not left %s, and people hear what to do', (_, regions, expected) => {
    expect(livingConflicts(standing, { deployment: 'shop', regions: [...regions] })).toEqual(expected);
  });
});
