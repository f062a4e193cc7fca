import { type Call, type Reply, ServiceError } from '../call.ts';
import type { Clock } from '../clock.ts';

/** How a service refuses a role that IAM has not spread yet (messages as the Terraform AWS provider retries on them). */
const refusals: Readonly<Record<string, { readonly code: string; readonly message: (role: string) => string }>> = {
  'ec2:CreateFlowLogs': { code: 'InvalidParameter', message: () => 'Unable to assume given IAM role' },
  'ecs:RegisterTaskDefinition': { code: 'ClientException', message: () => 'Role is not valid' },
  'codebuild:CreateProject': {
    code: 'InvalidInputException',
    message: (role) => `CodeBuild is not authorized to perform: sts:AssumeRole on ${role}`,
  },
  'codepipeline:CreatePipeline': {
    code: 'InvalidStructureException',
    message: (role) => `CodePipeline is not authorized to perform AssumeRole on role ${role}`,
  },
  'application-autoscaling:RegisterScalableTarget': {
    code: 'ValidationException',
    message: (role) => `Unable to assume IAM role: ${role}`,
  },
};

/** The service-linked role that a call of the service rests on. */
const serviceLinked: Readonly<Record<string, { readonly service: string; readonly code: string; message: string }>> = {
  'ecs:CreateService': {
    service: 'ecs.amazonaws.com',
    code: 'InvalidParameterException',
    message: 'Unable to assume the service linked role. Please verify that the ECS service linked role exists.',
  },
};

/**
 * IAM, which is eventually consistent: a role is not usable by other services from its first second. The first use of
 * each is refused even if this machine is so slow that the lag has passed.
 */
export class RoleLag {
  readonly #madeAt = new Map<string, number>();
  readonly #refused = new Set<string>();
  readonly #clock: Clock;
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async answer(call: Call, seconds: number, next: (call: Call) => Promise<Reply>): Promise<Reply> {
    const action = `${call.service}:${call.action}`;
    const young = (name: string): boolean => {
      const madeAt = this.#madeAt.get(name);
      if (madeAt === undefined) return false;
      const first = !this.#refused.has(`${action} ${name}`);
      this.#refused.add(`${action} ${name}`);
      return first || this.#clock.within(madeAt, seconds);
    };
    const refusal = refusals[action];
    if (refusal !== undefined) {
      const request = JSON.stringify(call.parameters);
      for (const [arn, name = ''] of request.matchAll(/arn:[\w-]+:iam::\d+:role\/(?:[\w.+=,@/-]*\/)?([\w.+=,@-]+)/g)) {
        if (young(name)) throw new ServiceError(refusal.code, refusal.message(arn));
      }
    }
    const linked = serviceLinked[action];
    if (linked !== undefined && young(linked.service)) throw new ServiceError(linked.code, linked.message);
    const reply = await next(call);
    const made = call.action === 'CreateRole' ? call.parameters.RoleName : call.parameters.AWSServiceName;
    if (call.service === 'iam' && /^Create(ServiceLinked)?Role$/.test(call.action) && reply.status < 300)
      this.#madeAt.set(String(made), Date.now());
    return reply;
  }
}
