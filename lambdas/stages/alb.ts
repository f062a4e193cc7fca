import { tagByArn } from '../aws/tagging.ts';
import { makingStage } from '../middleware/stage-handler.ts';
import { listener } from '../resources/listener.ts';
import { listenerRule } from '../resources/listener-rule.ts';
import { loadBalancer } from '../resources/load-balancer.ts';
import { securityGroup } from '../resources/security-group.ts';
import { targetGroup } from '../resources/target-group.ts';

export const handler = makingStage(
  'alb',
  {
    securityGroup,
    loadBalancer,
    targetGroup,
    listener,
    listenerRule,
  },
  tagByArn,
);
