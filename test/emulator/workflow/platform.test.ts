import { beforeAll, describe, test } from '@jest/globals';
import { type Platform, readPlatform } from '../../support/platform-reading.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';
import { beyond } from './diagrams/beyond.ts';
import { containers } from './diagrams/containers.ts';
import { delivery } from './diagrams/delivery.ts';
import { drawn } from './diagrams/drawn.ts';
import { monitoring } from './diagrams/monitoring.ts';
import { network } from './diagrams/network.ts';
import { overall } from './diagrams/overall.ts';
import { security } from './diagrams/security.ts';
import { timeline } from './diagrams/timeline.ts';

const provisioned = useProvisionedCloud();
const platforms = new Map<string, Platform>();

beforeAll(async () => {
  for (const [region, { octets }] of Object.entries(drawn))
    platforms.set(region, await readPlatform(provisioned().provisioner, 'platform', region, `${octets}.0.0/16`));
}, 120_000);

function platformIn(region: string): Platform {
  const platform = platforms.get(region);
  if (platform === undefined) throw new Error(`${region} was not read`);
  return platform;
}

describe.each(Object.entries(drawn))('architecture-diagrams.md in %s', (region, asDrawn) => {
  for (const [title, rows] of [
    ['Overall Multi-Region Architecture', overall],
    ['CI/CD Pipeline Flow', delivery],
    ['VPC Network Architecture (Per Region)', network],
    ['ECS Container Architecture', containers],
    ['Monitoring & Alerting Flow', monitoring],
    ['Security Architecture', security],
    ['Deployment Timeline', timeline],
    ['beyond the drawing', beyond],
  ] as const) {
    describe(title, () => {
      test.each(rows)('%s', async (_line, check) => {
        await check(platformIn(region), asDrawn, { ...provisioned(), platforms });
      });
    });
  }
});
