import { tagByArn } from '../aws/tagging.ts';
import { makingStage } from '../middleware/stage-handler.ts';
import { buildProject } from '../resources/build-project.ts';
import { logGroup } from '../resources/log-group.ts';
import { pipeline } from '../resources/pipeline.ts';
import { pipelineTransition } from '../resources/pipeline-transition.ts';
import { role } from '../resources/role.ts';
import { sourceRepository } from '../resources/source-repository.ts';
import { sourceTrigger } from '../resources/source-trigger.ts';
import { topic } from '../resources/topic.ts';

export const handler = makingStage(
  'pipeline',
  {
    sourceRepository,
    logGroup,
    role,
    topic,
    buildProject,
    pipeline,
    pipelineTransition,
    sourceTrigger,
  },
  tagByArn,
);
