import type { Role } from '@slipway/local-cloud';
import { type SynthesisedStack, text } from './synthesised-stack.ts';

export const account = '000000000000';
/** Where the provisioner is deployed. */
export const homeRegion = 'us-east-1';

type Properties = Readonly<Record<string, unknown>>;

const home = (service: string, resource: string): string => `arn:aws:${service}:${homeRegion}:${account}:${resource}`;

/** ARNs of what policies refer to, by type. A type that is missing here fails the test that needs it. */
const arnOf: Readonly<Record<string, (properties: Properties) => string>> = {
  'AWS::DynamoDB::Table': ({ TableName }) => home('dynamodb', `table/${TableName}`),
  'AWS::IAM::ManagedPolicy': ({ ManagedPolicyName }) => `arn:aws:iam::${account}:policy/${filled(ManagedPolicyName)}`,
  'AWS::Lambda::Function': ({ FunctionName }) => home('lambda', `function:${FunctionName}`),
  'AWS::S3::Bucket': ({ BucketName }) => `arn:aws:s3:::${filled(BucketName)}`,
  'AWS::SNS::Topic': ({ TopicName }) => home('sns', String(TopicName)),
  'AWS::SQS::Queue': ({ QueueName }) => home('sqs', String(QueueName)),
  'AWS::StepFunctions::StateMachine': ({ StateMachineName }) => home('states', `stateMachine:${StateMachineName}`),
};

/** A template's value as one string, with the pseudo parameters' values. */
const filled = (value: unknown): string =>
  text(value)
    .replaceAll('<AWS::AccountId>', account)
    .replaceAll('<AWS::Partition>', 'aws')
    .replaceAll('<AWS::Region>', homeRegion)
    .replaceAll('<ReadablePrefix>', 'shop/')
    .replaceAll('<TaskRoles>', `arn:aws:iam::${account}:role/app/*`);

/** A value of the template as it is once that is deployed. */
function concreteIn({ template }: SynthesisedStack): (value: unknown) => unknown {
  const all = (template.toJSON() as { Resources: Record<string, { Type: string; Properties: Properties }> }).Resources;
  const concrete = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(concrete);
    if (typeof value !== 'object' || value === null) return value;
    const [name = ''] = Object.keys(value);
    if (!/^(Ref|Fn::\w+)$/.test(name))
      return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, concrete(each)]));
    return filled(value).replaceAll(/<(\w+)(?:\.Arn)?>/g, (reference, id: string) => {
      const { Type = '', Properties = {} } = all[id] ?? {};
      const arn = arnOf[Type]?.(Properties);
      if (arn === undefined) throw new Error(`no value for ${reference}, of type ${Type}`);
      return arn;
    });
  };
  return concrete;
}

const idOf = (reference: unknown): string => text(reference).replace(/^<(\w+)(?:\.Arn)?>$/, '$1');

const roleNamed = (name: string, path = '/') => ({
  name,
  arn: `arn:aws:iam::${account}:role${path}${name}`,
  trust: {},
  tags: {},
});

/** The roles of the template's Lambdas as they stand once it is deployed, by the function's name without `slipway-`. */
export function functionRoles(stack: SynthesisedStack): ReadonlyMap<string, Role> {
  const concrete = concreteIn(stack);
  const policiesOf = (role: string): Role['policies'] =>
    Object.fromEntries(
      stack
        .resources('AWS::IAM::Policy')
        .filter(([, { Properties }]) => (Properties.Roles as unknown[]).map(idOf).includes(role))
        .map(([, { Properties }]) => [String(Properties.PolicyName), concrete(Properties.PolicyDocument)]),
    );
  return new Map(
    stack.resources('AWS::Lambda::Function').map(([, { Properties }]) => {
      const role = idOf(Properties.Role);
      const name = String(Properties.FunctionName).replace('slipway-', '');
      return [name, { ...roleNamed(role), policies: policiesOf(role) }];
    }),
  );
}

/** The permissions boundary of the platform's roles, and a role that has it and may do nothing yet. */
export function boundaryOf(stack: SynthesisedStack): { readonly arn: string; readonly role: Role } {
  const [[id = '', policy] = []] = stack.resources('AWS::IAM::ManagedPolicy');
  const concrete = concreteIn(stack);
  const arn = String(concrete({ Ref: id }));
  const boundary = { arn, document: concrete(policy?.Properties.PolicyDocument) };
  return { arn, role: { ...roleNamed('shop-us-east-1-build', '/slipway/'), policies: {}, boundary } };
}
