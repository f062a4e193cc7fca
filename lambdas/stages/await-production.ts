import { waitingStage } from '../middleware/stage-handler.ts';
import { service } from '../resources/service.ts';

export const handler = waitingStage('await-production', { service });
