import { tagByArn } from '../aws/tagging.ts';
import { makingStage } from '../middleware/stage-handler.ts';
import { scalableTarget } from '../resources/scalable-target.ts';
import { scalingPolicy } from '../resources/scaling-policy.ts';
import { service } from '../resources/service.ts';
import { targetGroup } from '../resources/target-group.ts';

export const handler = makingStage(
  'deploy-staging',
  {
    targetGroup,
    service,
    scalableTarget,
    scalingPolicy,
  },
  tagByArn,
);
