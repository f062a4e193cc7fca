import { DescribeRouteTablesCommand } from '@aws-sdk/client-ec2';
import type { Emulator } from '../emulator.ts';
import { remembered } from '../memo.ts';

/** A role as it stands in the emulator's IAM at this moment (ministack/patches/authorization.py). */
export interface Role {
  readonly name: string;
  readonly arn: string;
  readonly trust: unknown;
  /** ARN of the permissions boundary, and its document. */
  readonly boundary?: { readonly arn: string; readonly document: unknown };
  /** Inline policies and attached ones, by name; an attached one that does not exist is missing. */
  readonly policies: Readonly<Record<string, unknown>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** What has to be looked up to authorise a call: by the emulator's true state, now. */
export interface Living {
  role(name: string): Promise<Role | undefined>;
  /** Roles have changed: the next question reads them again. */
  forgetRoles(): void;
  /** Route table and subnet behind ids of associations. */
  associated(region: string, ids: readonly string[]): Promise<readonly string[]>;
  /** The name of a table's partition key. */
  partitionKey(region: string, table: string): Promise<string>;
  /** ARN of what Application Auto Scaling scales under that id, such as `service/<cluster>/<name>`. */
  scalableTarget(region: string, resourceId: string): Promise<string | undefined>;
  /** The state machine that waits for the answer to a task token. */
  machineOf(token: string): Promise<string | undefined>;
  tagsOf(region: string, arn: string): Promise<Readonly<Record<string, string>>>;
}

export function livingIn(
  emulator: Emulator,
  { tagsOf, scalableTarget }: Pick<Living, 'tagsOf' | 'scalableTarget'>,
): Living {
  const keys = new Map<string, Promise<string>>();
  const roles = new Map<string, Promise<Role | undefined>>();
  const role: Living['role'] = (name) =>
    remembered(roles, name, async () => {
      const found = (await emulator.lookUp('roles', name)) as Role | undefined;
      if (found === undefined) roles.delete(name);
      return found;
    });

  async function keyOf(region: string, table: string): Promise<string> {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'DynamoDB_20120810.DescribeTable',
      authorization: `AWS4-HMAC-SHA256 Credential=front-door/20260101/${region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
    };
    const reply = await fetch(emulator.endpoint, {
      method: 'POST',
      headers,
      body: JSON.stringify({ TableName: table }),
    });
    const { Table } = (await reply.json()) as {
      Table?: { KeySchema: readonly { AttributeName: string; KeyType: string }[] };
    };
    return Table?.KeySchema.find(({ KeyType }) => KeyType === 'HASH')?.AttributeName ?? '';
  }

  return {
    role,
    forgetRoles: () => roles.clear(),
    partitionKey: (region, table) => remembered(keys, `${region} ${table}`, () => keyOf(region, table)),
    scalableTarget,
    machineOf: async (token) => (await emulator.lookUp('tokens', token)) as string | undefined,

    async associated(region, ids) {
      const associations = ids.filter((id) => id.startsWith('rtbassoc-'));
      if (associations.length === 0) return [];
      const { RouteTables = [] } = await emulator.ec2(region).send(new DescribeRouteTablesCommand({}));
      return RouteTables.flatMap(({ Associations = [] }) => Associations)
        .filter(({ RouteTableAssociationId = '' }) => associations.includes(RouteTableAssociationId))
        .flatMap(({ RouteTableId, SubnetId }) => [RouteTableId ?? [], SubnetId ?? []].flat());
    },

    tagsOf: async (region, arn) =>
      arn.startsWith('arn:aws:iam:')
        ? ((await role(arn.slice(arn.lastIndexOf('/') + 1)))?.tags ?? {})
        : tagsOf(region, arn),
  };
}
