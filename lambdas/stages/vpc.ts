import { tagByArn } from '../aws/tagging.ts';
import { makingStage } from '../middleware/stage-handler.ts';
import { artifactBucket } from '../resources/artifact-bucket.ts';
import { internetGateway } from '../resources/internet-gateway.ts';
import { logGroup } from '../resources/log-group.ts';
import { role } from '../resources/role.ts';
import { routeTable } from '../resources/route-table.ts';
import { subnet } from '../resources/subnet.ts';
import { vpc } from '../resources/vpc.ts';

export const handler = makingStage(
  'vpc',
  {
    artifactBucket,
    vpc,
    internetGateway,
    subnet,
    routeTable,
    logGroup,
    role,
  },
  tagByArn,
);
