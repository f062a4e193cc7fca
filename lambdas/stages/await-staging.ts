import { waitingStage } from '../middleware/stage-handler.ts';
import { loadBalancer } from '../resources/load-balancer.ts';
import { service } from '../resources/service.ts';

export const handler = waitingStage('await-staging', { loadBalancer, service });
