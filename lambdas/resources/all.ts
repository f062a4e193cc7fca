import type { Kind } from '../../workflow/stages.ts';
import { alarm } from './alarm.ts';
import { artifactBucket } from './artifact-bucket.ts';
import { buildProject } from './build-project.ts';
import { cluster } from './cluster.ts';
import { dashboard } from './dashboard.ts';
import { elasticIp } from './elastic-ip.ts';
import { flowLog } from './flow-log.ts';
import { image } from './image.ts';
import { internetGateway } from './internet-gateway.ts';
import { listener } from './listener.ts';
import { listenerRule } from './listener-rule.ts';
import { loadBalancer } from './load-balancer.ts';
import { logGroup } from './log-group.ts';
import { natGateway } from './nat-gateway.ts';
import { natRoute } from './nat-route.ts';
import { pipeline } from './pipeline.ts';
import { pipelineTransition } from './pipeline-transition.ts';
import { repository } from './repository.ts';
import type { AnyResource } from './resource.ts';
import { role } from './role.ts';
import { routeTable } from './route-table.ts';
import { scalableTarget } from './scalable-target.ts';
import { scalingPolicy } from './scaling-policy.ts';
import { securityGroup } from './security-group.ts';
import { service } from './service.ts';
import { serviceLinkedRole } from './service-linked-role.ts';
import { sourceRepository } from './source-repository.ts';
import { sourceTrigger } from './source-trigger.ts';
import { subnet } from './subnet.ts';
import { targetGroup } from './target-group.ts';
import { taskDefinition } from './task-definition.ts';
import { topic } from './topic.ts';
import { vpc } from './vpc.ts';

/** Every kind, for those who need all of them: the plan, and infra's permissions. */
export const allResources: Readonly<Record<Kind, AnyResource>> = {
  'artifact-bucket': artifactBucket,
  vpc,
  'internet-gateway': internetGateway,
  subnet,
  'route-table': routeTable,
  'log-group': logGroup,
  role,
  'flow-log': flowLog,
  'elastic-ip': elasticIp,
  'nat-gateway': natGateway,
  'service-linked-role': serviceLinkedRole,
  cluster,
  'task-definition': taskDefinition,
  'security-group': securityGroup,
  'load-balancer': loadBalancer,
  'target-group': targetGroup,
  listener,
  'listener-rule': listenerRule,
  repository,
  image,
  'source-repository': sourceRepository,
  topic,
  'build-project': buildProject,
  pipeline,
  'pipeline-transition': pipelineTransition,
  'source-trigger': sourceTrigger,
  alarm,
  dashboard,
  'nat-route': natRoute,
  service,
  'scalable-target': scalableTarget,
  'scaling-policy': scalingPolicy,
};
