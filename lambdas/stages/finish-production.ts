import { makingStage } from '../middleware/stage-handler.ts';
import { loadBalancer } from '../resources/load-balancer.ts';
import { pipelineTransition } from '../resources/pipeline-transition.ts';
import { securityGroup } from '../resources/security-group.ts';
import { sourceRepository } from '../resources/source-repository.ts';

export const handler = makingStage('finish-production', {
  securityGroup,
  loadBalancer,
  sourceRepository,
  pipelineTransition,
});
