import { tagByArn } from '../aws/tagging.ts';
import { makingStage } from '../middleware/stage-handler.ts';
import { image } from '../resources/image.ts';
import { repository } from '../resources/repository.ts';

export const handler = makingStage('ecr-push', { repository, image }, tagByArn);
