import { makingStage } from '../middleware/stage-handler.ts';
import { natRoute } from '../resources/nat-route.ts';

export const handler = makingStage('routes', { natRoute });
