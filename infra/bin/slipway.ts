import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { bundleAll } from '../bundles.ts';
import { ProvisionerStack } from '../provisioner-stack.ts';

// Beside the assembly: CDK's command line and `slipway deploy` say where that is.
const bundles = `${process.env.CDK_OUTDIR ?? join(import.meta.dirname, '../../cdk.out')}.bundles`;
await bundleAll(bundles);

const app = new App();
new ProvisionerStack(app, 'Slipway', {
  stackName: 'slipway',
  description: 'Slipway: provisions the same ECS platform in several regions',
  bundles,
  // Without account or region: the same template goes to every account, and to the local cloud.
});
app.synth();
