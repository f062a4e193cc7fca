import { Stack, Validations } from 'aws-cdk-lib';
import { CfnRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import { CfnManagedPolicy, CfnPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnBucket } from 'aws-cdk-lib/aws-s3';
import { CfnQueue } from 'aws-cdk-lib/aws-sqs';
import type { IConstruct } from 'constructs';

/**
 * Findings of cdk-nag's AwsSolutions rules that stay, each with its reason; any other fails test/infra. A wildcard is
 * acknowledged by the resource that it stands in and never in an action.
 */
const wildcards: readonly { readonly resource: RegExp; readonly reason: string }[] = [
  {
    resource: /^\*$/,
    reason:
      'Describe, List and the X-Ray and log delivery calls have no resource-level permissions; the actions are named one by one and tested against what the kinds declare',
  },
  {
    resource: /:(ec2|application-autoscaling):\*:.+:[a-z-]+\/\*$/,
    reason: "the service picks the ids; a condition asks for a deployment's tag in the request or on the resource",
  },
  {
    resource: /:role\/slipway\/\*$/,
    reason: 'the workflow makes its roles under this path, each with the permissions boundary of this stack',
  },
  {
    resource: /:role\/aws-service-role\/\*$/,
    reason: "service-linked roles are AWS's own; the condition names the three services that they are made for",
  },
  {
    // `*-app`, `*-<account>-*-artifacts`, `*-pipeline/*`, `/slipway/*/staging`: the deployment comes first, the part that is ours last.
    resource: /[:/]\*[-/][a-zA-Z0-9<>:.*/-]+$/,
    reason: "resources are named <deployment>-<part>: the input gives the deployment's name, the part is ours",
  },
  {
    resource: /:(alarm:|alarm:TargetTracking-service\/|dashboard\/|service\/)\*$/,
    reason: 'the name starts with the deployment, which the input gives; AWS names scaling alarms itself',
  },
  {
    resource: /:codepipeline:\*:<AWS::AccountId>:\*$/,
    reason: "transitions only: a stage's ARN begins with its pipeline's name, where IAM may take no wildcard",
  },
  {
    resource: /^<\w+Function\w+\.Arn>:\*$/,
    reason: 'versions of one function; CDK grants an invocation with and without one',
  },
  {
    resource: /"ReadablePrefix".*\*$/,
    reason: 'the secrets that inputs may name: `slipway deploy --secrets` says how their names begin',
  },
  {
    resource: /:execution:[^*]+:\*$/,
    reason: 'executions of one machine: each run has another name',
  },
  {
    resource: /^<Plans\w+\.Arn>\/\*$/,
    reason: 'plans in their own bucket: each run keeps one under its own name',
  },
];

const basicExecution =
  'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]';

/** Acknowledges to cdk-nag, in the construct tree, what is known and why. Call it once the stack is complete. */
export function acknowledgeFindings(stack: Stack): void {
  for (const construct of stack.node.findAll()) {
    const acknowledge = (id: string, reason: string): void => Validations.of(construct).acknowledge({ id, reason });
    if (construct instanceof CfnPolicy || construct instanceof CfnManagedPolicy) {
      for (const resource of wildcardsOf(construct)) {
        const known = wildcards.find((each) => each.resource.test(resource));
        if (known !== undefined) acknowledge(`AwsSolutions-IAM5[Resource::${resource}]`, known.reason);
      }
    } else if (construct instanceof CfnRole && construct.node.path.includes('Function/')) {
      acknowledge(basicExecution, "AWS's policy for a function's own logs, which CDK gives to every function");
    } else if (construct instanceof CfnRoute) {
      acknowledge('AwsSolutions-APIG4', 'approvers have no accounts: the opaque random id in the path is the key');
    } else if (construct instanceof CfnBucket) {
      acknowledge(
        'AwsSolutions-S1',
        'plans hold no secrets, and CloudTrail records who reads them; nobody would read one more log bucket',
      );
    } else if (construct instanceof CfnQueue) {
      acknowledge(
        'AwsSolutions-SQS3',
        'events end up here for people to look at: no function reads them, so none can fail on them',
      );
    }
  }
}

/** Resources with a wildcard in a policy, as cdk-nag writes them in the id of a finding. */
function wildcardsOf(policy: CfnPolicy | CfnManagedPolicy): ReadonlySet<string> {
  const { Statement } = resolved(policy, policy.policyDocument) as {
    Statement: readonly { readonly Resource: unknown }[];
  };
  const resources = Statement.flatMap(({ Resource }) => (Array.isArray(Resource) ? Resource : [Resource])).map(flat);
  return new Set(resources.filter((resource) => resource.includes('*')));
}

const resolved = (construct: IConstruct, value: unknown): unknown => Stack.of(construct).resolve(value);

function flat(value: unknown): string {
  if (typeof value === 'string') return value;
  const node = value as Readonly<Record<string, unknown>>;
  if ('Fn::Join' in node) {
    const [delimiter, parts] = node['Fn::Join'] as [string, unknown[]];
    return parts.map(flat).join(delimiter);
  }
  if ('Fn::GetAtt' in node) return `<${(node['Fn::GetAtt'] as unknown[]).map(flat).join('.')}>`;
  if ('Ref' in node) return `<${flat(node.Ref)}>`;
  return JSON.stringify(value);
}
