import { makingStage } from '../middleware/stage-handler.ts';
import { pipelineTransition } from '../resources/pipeline-transition.ts';

export const handler = makingStage('open-pipeline', { 'pipeline-transition': pipelineTransition });
