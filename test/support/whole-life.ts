import { alterations, type Hands, type Region } from '../emulator/drift/alterations/index.ts';
import { platformInput } from './platform-input.ts';
import { type Platform, readPlatform } from './platform-reading.ts';
import type { Provisioner } from './provisioner.ts';

const cidrs: Readonly<Record<Region, string>> = { 'us-east-1': '10.0.0.0/16', 'us-west-2': '10.1.0.0/16' };
const certificateArn = 'arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012';

/** Everything that a later input can add, move or take back. */
export const changedInput = {
  ...platformInput,
  regions: Object.entries(cidrs).map(([region, cidr]) => ({
    region,
    cidr,
    ...(region === 'us-east-1' ? { certificateArn } : {}),
  })),
  zoneCount: 3,
  app: { port: 9090, healthPath: '/', cpu: 512, memory: 1024 },
};

/** With all that people put there. */
export const destroyInput = { empty: { images: true, artifacts: true, source: true } };

/** Does by hand, to the platform in both regions, everything that a reconcile repairs. */
export async function alterEverything(provisioner: Provisioner): Promise<void> {
  const seen = new Map<Region, Platform>();
  for (const region of Object.keys(cidrs) as Region[])
    seen.set(region, await readPlatform(provisioner, 'platform', region, cidrs[region]));
  for (const { region, alter } of alterations) {
    const standing = seen.get(region);
    const client: Hands['client'] = (service) => provisioner.client(service, region);
    if (standing !== undefined) await alter({ seen: standing, client });
  }
}
