import { waitingStage } from '../middleware/stage-handler.ts';
import { natGateway } from '../resources/nat-gateway.ts';

export const handler = waitingStage('await-network', { natGateway });
