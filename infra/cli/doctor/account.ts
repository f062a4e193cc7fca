import { GetRoleCommand, IAMClient, paginateListRoles, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { allPages } from '../../../lambdas/aws/pages.ts';
import { type Check, fine, problem, type Region, unknown } from './check.ts';

/** Who the credentials are. */
export interface Identity {
  readonly account: string;
  readonly arn: string;
}

/** Errors where there are no credentials, or they are refused, are the SDK's own. */
export async function identify({ client }: Region): Promise<Identity> {
  const { Account: account = '', Arn: arn = '' } = await client(STSClient).send(new GetCallerIdentityCommand({}));
  return { account, arn };
}

const credentials: Check = {
  name: 'credentials',
  stopsDeploy: true,
  run: async ({ home }) => {
    try {
      const { account, arn } = await identify(home);
      return fine(`account ${account}, ${arn}`);
    } catch (error) {
      return problem((error as Error).message, 'sign in (aws sso login), or give --profile');
    }
  },
};

/** What people and their CDK do; the workflow's own Lambdas have roles of their own. */
const actions = {
  deploy: ['sts:AssumeRole'],
  use: [
    'states:StartExecution',
    'states:DescribeExecution',
    'states:StopExecution',
    'dynamodb:GetItem',
    'dynamodb:Query',
  ],
} as const;

/**
 * The policies' owner, which IAM can simulate: the ARN of an assumed role names a session, and not the role's path, which
 * those of single sign-on have.
 */
async function principalOf(iam: IAMClient, arn: string): Promise<string> {
  const [, RoleName] = /^arn:[^:]+:sts::\d+:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (RoleName === undefined) return arn;
  return (await iam.send(new GetRoleCommand({ RoleName }))).Role?.Arn ?? arn;
}

const permissions: Check = {
  name: 'permissions',
  // CDK may deploy with the credentials themselves where it may not assume its roles.
  stopsDeploy: false,
  run: async ({ home }) => {
    const { account, arn } = await identify(home);
    if (arn.endsWith(':root')) return unknown("IAM can't simulate the account's root user");
    const [, partition = 'aws'] = arn.split(':');
    const { region } = home.scope;
    const iam = home.client(IAMClient);
    const PolicySourceArn = await principalOf(iam, arn);
    const denied = async (names: readonly string[], resource: string): Promise<readonly string[]> => {
      const { EvaluationResults = [] } = await iam.send(
        new SimulatePrincipalPolicyCommand({ PolicySourceArn, ActionNames: [...names], ResourceArns: [resource] }),
      );
      return EvaluationResults.flatMap(({ EvalActionName, EvalDecision }) =>
        EvalDecision === 'allowed' ? [] : [`${EvalActionName} on ${resource}`],
      );
    };
    const on = (service: string, what: string) => `arn:${partition}:${service}:${region}:${account}:${what}`;
    const all = await Promise.all([
      denied(actions.deploy, `arn:${partition}:iam::${account}:role/cdk-hnb659fds-deploy-role-${account}-${region}`),
      denied(actions.use.slice(0, 1), on('states', 'stateMachine:slipway-provision')),
      denied(actions.use.slice(1, 3), on('states', 'execution:slipway-provision:any')),
      denied(actions.use.slice(3), on('dynamodb', 'table/slipway')),
    ]);
    const missing = all.flat();
    return missing.length === 0
      ? fine('deploy, start, watch and stop are allowed')
      : problem(`denied: ${missing.join('; ')}`, 'grant them to the credentials, or deploy with others');
  },
};

const serviceLinkedRoles: Check = {
  name: 'service-linked roles',
  stopsDeploy: false,
  run: async ({ home }) => {
    const pages = paginateListRoles({ client: home.client(IAMClient) }, { PathPrefix: '/aws-service-role/' });
    const found = (await allPages(pages, ({ Roles }) => Roles)).map(({ RoleName = '' }) => RoleName);
    const missing = [
      'AWSServiceRoleForECS',
      'AWSServiceRoleForElasticLoadBalancing',
      'AWSServiceRoleForApplicationAutoScaling_ECSService',
    ].filter((name) => !found.includes(name));
    return fine(missing.length === 0 ? 'all there' : `the first run makes ${missing.join(', ')}`);
  },
};

/** Lambdas that run at once at most: two for each region, and those that answer, report and start runs. */
const lambdasAtOnce = (regions: number): number => 2 * regions + 3;

const lambdaConcurrency: Check = {
  name: 'Lambda concurrency',
  stopsDeploy: true,
  run: async ({ home, regions }) => {
    const { AccountLimit } = await home.client(LambdaClient).send(new GetAccountSettingsCommand({}));
    const allowed = AccountLimit?.UnreservedConcurrentExecutions ?? AccountLimit?.ConcurrentExecutions;
    if (allowed === undefined) return unknown('Lambda does not report it');
    const needed = lambdasAtOnce(regions.length);
    return allowed >= needed
      ? fine(`${allowed} at once, ${needed} needed`)
      : problem(
          `${allowed} at once, ${needed} needed`,
          'raise "Concurrent executions" (L-B99A9384) in the Service Quotas console, or free reserved concurrency',
        );
  },
};

export const accountChecks = [credentials, permissions, serviceLinkedRoles, lambdaConcurrency] as const;
