import { pathsOf } from '../paths.ts';
import { type Handlers, type Interceptor, structures, text } from './call.ts';
import { failedBuilds, publisher } from './cicd/events.ts';
import type { Clock } from './clock.ts';
import { ec2 } from './ec2/ec2.ts';
import { NatGateways } from './ec2/nat-gateways.ts';
import { elb } from './elb/elb.ts';
import type { Emulator } from './emulator.ts';
import type { DenialOf } from './iam/authorizer.ts';
import type { Living } from './iam/living.ts';
import type { Route } from './server.ts';
import { applicationAutoscaling } from './services/application-autoscaling.ts';
import { codebuild } from './services/codebuild.ts';
import { codecommit } from './services/codecommit.ts';
import { codepipeline } from './services/codepipeline.ts';
import { corrections } from './services/corrections.ts';
import { dashboardTags } from './services/dashboard-tags.ts';
import { ecr, Registries } from './services/ecr.ts';
import { ecs, tasksOf } from './services/ecs.ts';
import { asked } from './services/found-tags.ts';
import { remembered, withoutEmptyRoles } from './services/remembered.ts';
import { serviceQuotas } from './services/service-quotas.ts';
import { tagging } from './services/tagging.ts';
import { tagsNow } from './services/tags-now.ts';

export interface Surroundings {
  readonly emulator: Emulator;
  readonly clock: Clock;
  /** The local cloud's own. */
  readonly directory: string;
  /** The front door's. */
  readonly port: number;
  readonly virtualEnvironment: string;
  readonly denialOf: DenialOf;
  readonly log: (line: string) => void;
}

/** Everything that the front door adds to ministack, by `service:Action`. */
export function servicesOf({ emulator, clock, directory, port, virtualEnvironment, denialOf, log }: Surroundings): {
  handlers: Handlers;
  registries: Registries;
  targetHealthRoute: Route;
  /** Tags of what an ARN names, as they are now. */
  tagsOf: Living['tagsOf'];
  scalableTarget: Living['scalableTarget'];
  /** A NAT gateway (by id) or a load balancer (by ARN) ends as `failed` when it would have been ready. */
  failLater: (id: string, message: string | undefined) => void;
} {
  const natGateways = new NatGateways(emulator, clock);
  const registries = new Registries();
  const balancing = elb(emulator, clock);
  const publish = publisher(emulator);
  const { repositories, builds, images } = pathsOf(directory);
  const occupants = { tasksIn: tasksOf(emulator), loadBalancersIn: balancing.loadBalancersIn };
  const handlers = layered([
    ec2(emulator, natGateways, occupants, denialOf),
    balancing.handlers,
    ecs(emulator, balancing, clock),
    ecr(emulator, registries),
    applicationAutoscaling(emulator),
    codecommit({ directory: repositories, port, publish }),
    codebuild({
      ...{ directory: builds, imageCache: images, virtualEnvironment, port, publish, log },
      countFailure: failedBuilds(emulator),
    }),
    codepipeline({ port, clock, publish, log }),
    serviceQuotas(),
    corrections,
    dashboardTags(),
    ...remembered(),
    withoutEmptyRoles,
  ]);
  return {
    registries,
    targetHealthRoute: balancing.health.route,
    failLater: (id, message) => (id.startsWith('nat-') ? natGateways.fail(id, message) : balancing.fail(id, message)),
    tagsOf: tagsNow(emulator, handlers),
    scalableTarget: async (region, resourceId) => {
      const query = { ServiceNamespace: 'ecs', ResourceIds: [resourceId] };
      const found = await asked(handlers, 'application-autoscaling', 'DescribeScalableTargets', region, query);
      return structures(found, 'ScalableTargets').flatMap((each) => text(each, 'ScalableTargetARN') ?? [])[0];
    },
    handlers: { ...handlers, ...tagging(emulator, handlers) },
  };
}

/** One table of several; where two handle the same action, the later one stands outside. */
function layered(tables: readonly Handlers[]): Handlers {
  const all: Record<string, Interceptor> = {};
  for (const [action, handler] of tables.flatMap((table) => Object.entries(table))) {
    const inner = all[action];
    all[action] = inner === undefined ? handler : (call, next) => handler(call, (passed) => inner(passed, next));
  }
  return all;
}
