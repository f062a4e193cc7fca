import { tagByArn } from '../aws/tagging.ts';
import { makingStage } from '../middleware/stage-handler.ts';
import { cluster } from '../resources/cluster.ts';
import { logGroup } from '../resources/log-group.ts';
import { role } from '../resources/role.ts';
import { serviceLinkedRole } from '../resources/service-linked-role.ts';
import { taskDefinition } from '../resources/task-definition.ts';

export const handler = makingStage(
  'ecs',
  {
    serviceLinkedRole,
    logGroup,
    role,
    cluster,
    taskDefinition,
  },
  tagByArn,
);
