import { z } from 'zod';

/** What a template says of IAM, as CDK writes it. */
const oneOrMany = <Item extends z.ZodType>(item: Item) =>
  z.union([item, z.array(item)]).transform((value) => [value].flat());
const statement = z.object({
  Effect: z.enum(['Allow', 'Deny']),
  Action: oneOrMany(z.string()).default([]),
  Condition: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
});
const policyDocument = z.object({ Statement: z.array(statement) });
const reference = z.object({ Ref: z.string() });
const attribute = z.object({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });

const role = z.object({
  Type: z.literal('AWS::IAM::Role'),
  Properties: z.object({ Policies: z.array(z.object({ PolicyDocument: policyDocument })).default([]) }),
});
const policy = z.object({
  Type: z.enum(['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy']),
  Properties: z.object({ PolicyDocument: policyDocument, Roles: z.array(reference).default([]) }),
});
/** Everything that works under a role of its own, with the property that names it. */
const worker = z.object({
  Properties: z.union([
    z
      .object({ FunctionName: z.string(), Role: attribute })
      .transform(({ FunctionName: name, Role }) => ({ name, role: Role })),
    z
      .object({ StateMachineName: z.string(), RoleArn: attribute })
      .transform(({ StateMachineName: name, RoleArn }) => ({ name, role: RoleArn })),
  ]),
});

const template = z.object({ Resources: z.record(z.string(), z.object({ Type: z.string() }).loose()) });

/** What one role of the stack may do. */
export interface Power {
  /** The function or state machine that works under it; the role's logical id where it is something else's. */
  readonly name: string;
  /** Services of which it may read. */
  readonly reads: readonly string[];
  /** Numbers of changing actions, by service. */
  readonly writes: Readonly<Record<string, number>>;
  /** Changing actions of IAM, with the condition that binds them. */
  readonly identity: readonly string[];
}

/** Verbs of actions that change nothing (and cost nothing). */
const reading = /^(Describe|Get|List|BatchGet|BatchCheck|Search|Lookup|Query|Scan|Condition)/;

/** Pure: what the roles of a synthesised template may do, by name. */
export function powersOf(raw: unknown): readonly Power[] {
  const { Resources } = template.parse(raw);
  const entries = Object.entries(Resources);
  const names = new Map(
    entries.flatMap(([, resource]) => {
      const { data } = worker.safeParse(resource);
      return data === undefined ? [] : [[data.Properties.role['Fn::GetAtt'][0], data.Properties.name] as const];
    }),
  );
  const attached = entries.flatMap(([, resource]) => {
    const { data } = policy.safeParse(resource);
    return data === undefined ? [] : [data.Properties];
  });
  return entries
    .flatMap(([id, resource]): readonly Power[] => {
      const { data } = role.safeParse(resource);
      if (data === undefined) return [];
      const documents = [
        ...data.Properties.Policies.map(({ PolicyDocument }) => PolicyDocument),
        ...attached
          .filter(({ Roles }) => Roles.some(({ Ref }) => Ref === id))
          .map(({ PolicyDocument }) => PolicyDocument),
      ];
      return [
        powerOf(
          names.get(id) ?? id,
          documents.flatMap(({ Statement }) => Statement),
        ),
      ];
    })
    .toSorted((one, other) => one.name.localeCompare(other.name));
}

function powerOf(name: string, statements: readonly z.infer<typeof statement>[]): Power {
  const allowed = statements
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap(({ Action, Condition }) =>
      Action.map((action) => {
        const [service = '', verb = '*'] = action.split(':');
        return { service, verb, bound: boundBy(Condition) };
      }),
    );
  const changing = allowed.filter(({ verb }) => !reading.test(verb));
  const services = (some: typeof allowed) => [...new Set(some.map(({ service }) => service))].toSorted();
  return {
    name,
    reads: services(allowed.filter(({ verb }) => reading.test(verb))),
    writes: Object.fromEntries(
      services(changing).map((service) => [
        service,
        new Set(changing.filter((each) => each.service === service).map(({ verb }) => verb)).size,
      ]),
    ),
    identity: [
      ...new Set(changing.filter(({ service }) => service === 'iam').map(({ verb, bound }) => `${verb}${bound}`)),
    ],
  };
}

/** The condition keys that bind an action of IAM, for people. */
function boundBy(condition: Readonly<Record<string, Readonly<Record<string, unknown>>>>): string {
  const keys = Object.values(condition).flatMap((operator) => Object.keys(operator));
  return [
    ...(keys.includes('iam:PermissionsBoundary') ? [' with the boundary'] : []),
    ...(keys.includes('iam:PassedToService') ? [' to named services'] : []),
  ].join('');
}

/** What the stack may do in the account, for people who are asked whether to deploy it. */
export function powerLines(powers: readonly Power[]): readonly string[] {
  const width = Math.max(...powers.map(({ name }) => name.length));
  const identity = new Map<string, string[]>();
  for (const { name, identity: actions } of powers)
    for (const action of actions) identity.set(action, [...(identity.get(action) ?? []), name]);
  return [
    `It makes ${powers.length} IAM roles, which may read, and change (number of actions):`,
    ...powers.map(({ name, reads, writes }) => {
      const written = Object.entries(writes).map(([service, count]) => `${service} ${count}`);
      return `  ${name.padEnd(width)}  reads ${reads.join(', ') || 'nothing'}; changes ${written.join(', ') || 'nothing'}`;
    }),
    ...(identity.size === 0
      ? []
      : [
          'Of IAM itself they may change:',
          ...[...identity].map(([action, names]) => `  ${action}: ${names.join(', ')}`),
        ]),
  ];
}
