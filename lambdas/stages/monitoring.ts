import { tagByArn } from '../aws/tagging.ts';
import { makingStage } from '../middleware/stage-handler.ts';
import { alarm } from '../resources/alarm.ts';
import { dashboard } from '../resources/dashboard.ts';
import { flowLog } from '../resources/flow-log.ts';
import { topic } from '../resources/topic.ts';

export const handler = makingStage('monitoring', { topic, alarm, dashboard, flowLog }, tagByArn);
