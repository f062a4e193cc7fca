import { tagByArn } from '../aws/tagging.ts';
import { makingStage } from '../middleware/stage-handler.ts';
import { elasticIp } from '../resources/elastic-ip.ts';
import { natGateway } from '../resources/nat-gateway.ts';

export const handler = makingStage('nat', { elasticIp, natGateway }, tagByArn);
