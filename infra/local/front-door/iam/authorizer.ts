import { json } from 'node:stream/consumers';
import { account } from '../../paths.ts';
import type { Call, Interceptor } from '../call.ts';
import { remembered } from '../memo.ts';
import type { JsonLines } from '../recorder.ts';
import type { Route } from '../server.ts';
import type { Context } from './context.ts';
import { denial, denialText } from './denial.ts';
import { evaluate, letsService, type ServiceRequest, trusts, type Verdict } from './evaluator.ts';
import type { Living, Role } from './living.ts';
import { type AuthorizationRequest, authorizationsOf } from './requests.ts';
import { unknown } from './resources.ts';

/** One line of authorizations.jsonl: one question to IAM and its answer. */
export interface Authorization {
  readonly time: string;
  readonly principal: string;
  /** Name of the role that it acts as. */
  readonly role: string;
  readonly region: string;
  readonly action: string;
  /** An ARN, with `*` for what was not known yet; or `*`. */
  readonly resource: string;
  readonly allowed: boolean;
  /** The statement that decided. */
  readonly by?: string;
}

/** Who calls: a session of a role. Whoever has keys of his own (a person, a test) is an administrator and asked nothing. */
export interface Caller {
  readonly principal: string;
  readonly roleArn: string;
}

/** What a service does as a role that it was given. */
interface CallByRole extends ServiceRequest {
  readonly principal: string;
  readonly roleArn: string;
  readonly region: string;
  /** Condition keys of the service that is called. */
  readonly context?: Context;
}

/** Why a service may not do something as a role, in AWS's words; undefined where it may. */
export type DenialOf = (asked: CallByRole) => Promise<string | undefined>;

/** What the emulator is about to do within itself: as a role, which may not be there, or by what it calls. */
type InternalCall = (CallByRole & { readonly role: Role | null }) | (ServiceRequest & { readonly policy: unknown });

interface Parts {
  readonly living: Living;
  /** Whose call it is; undefined for administrators, and for what is no call of AWS's. */
  readonly callerOf: (call: Call) => Caller | undefined;
  /** Whether what is denied is refused, or recorded only. */
  readonly enforced: boolean;
  readonly record: JsonLines<Authorization>;
}

/**
 * A Lambda's calls carry its role as their session token (ministack/patches/lambdas.py); a service that acts for its
 * customer signs by the role's name (cicd/role-caller.ts).
 */
export function callerOf({ principal, headers }: Pick<Call, 'principal' | 'headers'>): Caller | undefined {
  const [kind, name] = principal.split(':');
  const roleArn = kind === 'role' ? `arn:aws:iam::${account}:role/${name}` : headers['x-amz-security-token'];
  return (kind === 'role' || kind === 'lambda') && typeof roleArn === 'string' ? { principal, roleArn } : undefined;
}

/** CloudFormation changes roles within the emulator for as long as somebody waits for a stack. */
const changesRoles = ({ service, action }: Call): boolean =>
  service === 'cloudformation' || (service === 'iam' && !/^(Get|List)/.test(action));

const nameIn = (roleArn: string): string => roleArn.slice(roleArn.lastIndexOf('/') + 1);

/** IAM: each call is evaluated against the policies as they stand in the emulator at that moment; see README.md, "IAM". */
export class Authorizer {
  readonly #parts: Parts;
  #evaluations = 0;
  #milliseconds = 0;
  readonly #used = new Map<string, Map<string, { allowed: number; denied: number }>>();
  readonly #roles = new Map<string, string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  readonly interceptor: Interceptor = async (call, next) => {
    await this.#authorize(call);
    try {
      return await next(call);
    } finally {
      if (changesRoles(call)) this.#parts.living.forgetRoles();
    }
  };

  async #authorize(call: Call): Promise<void> {
    const caller = this.#parts.callerOf(call);
    if (caller === undefined || call.action === 'GetCallerIdentity') return;
    const began = performance.now();
    try {
      const role = await this.#parts.living.role(nameIn(caller.roleArn));
      for (const asked of await authorizationsOf(call, this.#parts.living)) {
        const { because } = await this.#ask(caller, role, asked, call.region);
        if (because !== undefined && this.#parts.enforced)
          throw denial(call, { session: sessionOf(caller), ...asked, because });
      }
    } finally {
      this.#milliseconds += performance.now() - began;
    }
  }

  /**
   * What the emulator is about to do within itself (ministack/patches/authorization.py).
   * @returns why it is denied, in AWS's words; undefined where it is allowed
   */
  async #denialWithin(asked: InternalCall): Promise<string | undefined> {
    if ('policy' in asked)
      return !this.#parts.enforced || (await letsService(asked.policy, asked))
        ? undefined
        : `${asked.service} is not authorized to perform: ${asked.action} on resource: ${asked.resource} because no resource-based policy allows the ${asked.action} action`;
    const { principal, roleArn, role, service, sourceArn, action, resource, region, context = {} } = asked;
    if (this.#parts.enforced && role !== null && !(await trusts(role, service, sourceArn)))
      return `${service} is not authorized to assume the role ${roleArn}: its trust policy does not allow it`;
    const caller = { principal, roleArn };
    const request = { action, resource, context };
    const { because } = await this.#ask(caller, role ?? undefined, request, region);
    return because === undefined || !this.#parts.enforced
      ? undefined
      : denialText({ session: sessionOf(caller), ...request, because });
  }

  readonly denialOf: DenialOf = async (asked) =>
    this.#denialWithin({ ...asked, role: (await this.#parts.living.role(nameIn(asked.roleArn))) ?? null });

  async #ask(caller: Caller, role: Role | undefined, asked: AuthorizationRequest, region: string): Promise<Verdict> {
    const { action, resource } = asked;
    const verdict: Verdict =
      role === undefined
        ? { allowed: false, because: `because the role ${caller.roleArn} does not exist` }
        : await evaluate(role, asked, region, this.#parts.living);
    this.#evaluations += 1;
    this.#roles.set(caller.principal, nameIn(caller.roleArn));
    const counts = remembered(
      remembered(this.#used, caller.principal, () => new Map()),
      action,
      () => ({ allowed: 0, denied: 0 }),
    );
    counts[verdict.allowed ? 'allowed' : 'denied'] += 1;
    this.#parts.record.append({
      time: new Date().toISOString(),
      principal: caller.principal,
      role: nameIn(caller.roleArn),
      region,
      action,
      resource: resource.replaceAll(unknown, '*'),
      allowed: verdict.allowed,
      ...(verdict.by === undefined ? {} : { by: verdict.by }),
    });
    return verdict;
  }

  /** `GET /_slipway/iam`: what was asked so far, and what it took; `POST /_slipway/iam/authorize`: the emulator asks. */
  readonly route: Route = async (request, response, url) => {
    const answer = (document: unknown): true => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
      return true;
    };
    if (url.pathname === '/_slipway/iam/authorize')
      return answer({ denial: (await this.#denialWithin((await json(request)) as InternalCall)) ?? null });
    if (url.pathname !== '/_slipway/iam') return false;
    const principals = await Promise.all(
      [...this.#used].map(async ([principal, actions]) => {
        const role = await this.#parts.living.role(this.#roles.get(principal) ?? '');
        return [principal, { role: role?.arn, used: Object.fromEntries(actions), granted: role?.policies }] as const;
      }),
    );
    return answer({
      evaluations: this.#evaluations,
      milliseconds: Math.round(this.#milliseconds),
      principals: Object.fromEntries(principals),
    });
  };
}

const sessionOf = ({ principal, roleArn }: Caller): string =>
  `arn:aws:sts::${account}:assumed-role/${nameIn(roleArn)}/${principal.replace(/^[a-z]+:/, '')}`;
