import {
  getDenialReasons,
  getGrantReasons,
  type RequestDenial,
  type RequestGrant,
  runSimulation,
  runUnsafeSimulation,
  type Simulation,
} from '@cloud-copilot/iam-simulate';
import { account } from '../../paths.ts';
import { remembered } from '../memo.ts';
import { type Context, commonContext } from './context.ts';
import type { Living, Role } from './living.ts';
import { serviceControlPolicies } from './organisation.ts';
import type { AuthorizationRequest } from './requests.ts';

export interface Verdict {
  readonly allowed: boolean;
  /** The statement that decided: its policy, and its Sid or number from 1; absent where none matched. */
  readonly by?: string;
  /** Why not, in AWS's words; absent where it is allowed. */
  readonly because?: string;
}

/** What decides what a role may do, read once for all calls that find it unchanged. */
interface Known {
  /** Condition keys and variables that they mention, in lower case: no other key can change a verdict. */
  readonly keys: ReadonlySet<string>;
  /** Services with an action that some statement allows or denies by the resource's tags. */
  readonly byTag: ReadonlySet<string>;
  readonly verdicts: Map<string, Promise<Verdict>>;
}
const known = new Map<string, Known>();

function knownOf(role: Role): Known {
  const text = JSON.stringify([role.arn, role.policies, role.boundary, serviceControlPolicies()]);
  return remembered(known, text, () => ({
    // Whatever could be one: the names of members, and what stands in `${…}`.
    keys: new Set(
      [...text.matchAll(/"([a-z0-9-]+:[\w/:.-]+)":|\$\{([^},]+)/gi)].map(([, key, variable]) =>
        (key ?? variable ?? '').toLowerCase(),
      ),
    ),
    byTag: new Set(
      [...Object.values(role.policies), role.boundary?.document, ...serviceControlPolicies()]
        .flatMap(statementsIn)
        .flatMap(({ Action, Condition }) =>
          /resourcetag\//i.test(JSON.stringify(Condition ?? {})) ? [Action ?? []].flat().map(serviceOf) : [],
        ),
    ),
    verdicts: new Map(),
  }));
}

interface Statement {
  readonly Action?: string | readonly string[];
  readonly Condition?: unknown;
}

const statementsIn = (document: unknown): readonly Statement[] =>
  [(document as { readonly Statement?: Statement | readonly Statement[] } | undefined)?.Statement ?? []].flat();

const serviceOf = (action: string): string => action.split(':')[0] ?? '';

function statementOf(reason: RequestGrant | RequestDenial | undefined): string | undefined {
  if (reason === undefined || !('statementIndex' in reason)) return undefined;
  const policy = 'policyIdentifier' in reason ? reason.policyIdentifier : 'resource policy';
  return `${policy} ${reason.statementId ?? `#${reason.statementIndex}`}`;
}

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html */
function because(action: string, reason: RequestDenial | undefined): string {
  const policies = { pb: 'permissions boundary', scp: 'service control policy' } as const;
  const other = policies[reason?.policyType as keyof typeof policies];
  return reason?.denialType === 'Explicit'
    ? `with an explicit deny in ${other === undefined ? 'an identity-based policy' : `a ${other}`}`
    : `because no ${other ?? 'identity-based policy'} allows the ${action} action`;
}

/** As an organisation attaches them: beside the policy that allows everything, all on one level. */
const organisation = (): Simulation['serviceControlPolicies'] => {
  const policies = serviceControlPolicies().map((policy, index) => ({ name: `scp-${index + 1}`, policy }));
  const full = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] };
  return policies.length === 0
    ? []
    : [{ orgIdentifier: 'root', policies: [{ name: 'FullAWSAccess', policy: full }, ...policies] }];
};

/** What a service does by itself, to something that has a policy of its own. */
export interface ServiceRequest {
  /** `events.amazonaws.com` */
  readonly service: string;
  readonly sourceArn: string;
  readonly action: string;
  readonly resource: string;
}

/** Whether a resource's policy, or a role's trust policy, lets a service do this on behalf of the account. */
export async function letsService(
  policy: unknown,
  { service, sourceArn, action, resource }: ServiceRequest,
): Promise<boolean> {
  const results = await runSimulation(
    {
      request: {
        principal: service,
        action,
        resource: { resource, accountId: account },
        contextVariables: {
          'aws:SourceArn': sourceArn,
          'aws:SourceAccount': account,
          'aws:SourceOwner': account,
          'aws:SecureTransport': 'true',
        },
      },
      identityPolicies: [],
      resourcePolicy: policy,
      serviceControlPolicies: [],
      resourceControlPolicies: [],
    },
    {},
  );
  return results.resultType === 'single' && results.overallResult === 'Allowed';
}

/** Whether a service may act as the role, by the role's trust policy. */
export const trusts = (role: Role, service: string, sourceArn: string): Promise<boolean> =>
  letsService(role.trust, { service, sourceArn, action: 'sts:AssumeRole', resource: role.arn });

/**
 * Evaluates a request against a role's policies, its boundary included. The same question to the same policies gets the
 * same answer, so it is asked once: an evaluation takes up to 20 ms where an action knows many types (ec2:CreateTags).
 */
export async function evaluate(
  role: Role,
  asked: AuthorizationRequest,
  region: string,
  living: Pick<Living, 'tagsOf'>,
): Promise<Verdict> {
  const { keys, byTag, verdicts } = knownOf(role);
  const { action, resource } = asked;
  const prefix = serviceOf(action);
  // Reading tags can mean a list of everything that there is: only where a statement asks for them.
  const tags = resource !== '*' && byTag.has(prefix) ? await living.tagsOf(region, resource) : {};
  const resourceTags: Context = Object.fromEntries(
    Object.entries(tags).flatMap(([key, value]) => [
      [`aws:ResourceTag/${key}`, value],
      [`${prefix}:ResourceTag/${key}`, value],
    ]),
  );
  const all: Context = { ...commonContext(region, role.arn), ...resourceTags, ...asked.context };
  const context = Object.fromEntries(Object.entries(all).filter(([key]) => keys.has(key.toLowerCase())));
  return remembered(verdicts, JSON.stringify([action, resource, context]), () =>
    simulate(role, { action, resource, context }),
  );
}

/**
 * Of a key, whose policy leaves it to IAM who may use it, as a new one's does. The simulator drops condition keys of an
 * encryption context, which the data can't name, and takes tags of any name: they are tags to it.
 */
const ofKey = (simulation: Simulation): Simulation => ({
  ...(JSON.parse(
    JSON.stringify(simulation).replaceAll('kms:EncryptionContext:', 'aws:PrincipalTag/kms-'),
  ) as Simulation),
  resourcePolicy: {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' },
    ],
  },
});

async function simulate(role: Role, { action, resource, context }: AuthorizationRequest): Promise<Verdict> {
  const asked: Simulation = {
    request: {
      principal: role.arn,
      action,
      resource: { resource, accountId: account },
      contextVariables: { ...context },
    },
    identityPolicies: Object.entries(role.policies).map(([name, policy]) => ({ name, policy })),
    ...(role.boundary === undefined
      ? {}
      : { permissionBoundaryPolicies: [{ name: role.boundary.arn, policy: role.boundary.document }] }),
    serviceControlPolicies: organisation(),
    resourceControlPolicies: [],
  };
  const simulation = action.startsWith('kms:') ? ofKey(asked) : asked;
  const results = await runSimulation(simulation, {});
  if (results.resultType !== 'single') {
    // AWS's data does not have this resource for this action (`*`, types of load balancing): the policies decide all the same.
    const allowed = runUnsafeSimulation(simulation, {}) === 'Allowed';
    return allowed ? { allowed } : { allowed, because: because(action, undefined) };
  }
  const { analysis } = results.result;
  if (results.overallResult === 'Allowed') {
    const by = statementOf(getGrantReasons(analysis).find(({ policyType }) => policyType === 'identity'));
    return { allowed: true, ...(by === undefined ? {} : { by }) };
  }
  const [reason] = getDenialReasons(analysis);
  const by = statementOf(reason);
  return { allowed: false, because: because(action, reason), ...(by === undefined ? {} : { by }) };
}
