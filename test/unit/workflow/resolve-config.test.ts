import { describe, expect, test } from '@jest/globals';
import { network, overlap } from '../../../workflow/cidr.ts';
import { inputSchema } from '../../../workflow/input.ts';
import { resolveConfig } from '../../../workflow/resolve-config.ts';
import { regionConfig } from '../../support/region-config.ts';

describe('resolveConfig', () => {
  const certificateArn = 'arn:aws:acm:us-east-1:123456789012:certificate/ab';
  const input = inputSchema.parse({
    deployment: 'shop',
    regions: [
      { region: 'us-east-1', cidr: '10.0.0.0/16', certificateArn },
      { region: 'us-west-2', cidr: '10.1.0.0/20' },
    ],
    tags: { team: 'blue' },
    prices: { 'us-west-2': { vcpu: 1 } },
  });
  const { image, permissionsBoundaryArn, account, partition, homeRegion } = regionConfig();
  const [east, west] = resolveConfig(input, {
    ...{ account, partition, homeRegion, image, permissionsBoundaryArn },
    zones: { 'us-east-1': ['us-east-1c', 'us-east-1a'] },
  });

  test('draws the subnets of each zone as the diagrams do', () => {
    expect(east?.network).toEqual({
      cidr: '10.0.0.0/16',
      zones: [
        { letter: 'a', name: 'us-east-1c', publicCidr: '10.0.1.0/24', privateCidr: '10.0.11.0/24' },
        { letter: 'b', name: 'us-east-1a', publicCidr: '10.0.2.0/24', privateCidr: '10.0.12.0/24' },
      ],
    });
    expect(west?.network).toEqual({ cidr: '10.1.0.0/20', zones: [] });
  });

  test('gives each region what is its own, and all of them what is everybody’s', () => {
    const shared = {
      ...{ deployment: 'shop', account: '123456789012', partition: 'aws', homeRegion, tags: { team: 'blue' } },
      ...{ regions: ['us-east-1', 'us-west-2'], image, permissionsBoundaryArn, logRetentionDays: 30 },
      app: { ...regionConfig().app },
      alarms: { ...regionConfig().alarms, emails: [] },
      pipeline: { branch: 'main', approvalEmails: [] },
    };
    const { network: _east, ...ofEast } = east ?? {};
    const { network: _west, ...ofWest } = west ?? {};
    expect(ofEast).toEqual({ ...shared, region: 'us-east-1', primary: true, certificateArn });
    expect(ofWest).toEqual({ ...shared, region: 'us-west-2', primary: false, prices: { vcpu: 1 } });
  });
});

test.each([
  ['10.0.0.0/16', 167_772_160, 65_536],
  ['192.168.1.2/32', 3_232_235_778, 1],
  ['0.0.0.0/0', 0, 4_294_967_296],
])('the network %s', (cidr, first, size) => {
  expect(network(cidr)).toEqual({ first, size });
});

test('networks that only touch do not overlap, in either order', () => {
  const [one, other] = [network('10.0.0.0/24'), network('10.0.1.0/24')];
  expect([overlap(one, other), overlap(other, one), overlap(one, one)]).toEqual([false, false, true]);
});
