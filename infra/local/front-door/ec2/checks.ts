import { DescribeRouteTablesCommand, DescribeSecurityGroupsCommand, type RouteTable } from '@aws-sdk/client-ec2';
import { type Call, type Interceptor, text } from '../call.ts';
import type { Emulator } from '../emulator.ts';

/** Looks, refuses, or passes on. */
export const checked =
  (check: (call: Call) => Promise<void>): Interceptor =>
  async (call, next) => {
    await check(call);
    return next(call);
  };

export async function routeTable(emulator: Emulator, call: Call): Promise<RouteTable | undefined> {
  const id = text(call.parameters, 'RouteTableId');
  const { RouteTables: tables = [] } = await emulator.ec2(call.region).send(new DescribeRouteTablesCommand({}));
  return tables.find((table) => table.RouteTableId === id);
}

export async function securityGroup(emulator: Emulator, call: Call, id: string | undefined) {
  const { SecurityGroups: groups = [] } = await emulator.ec2(call.region).send(new DescribeSecurityGroupsCommand({}));
  return { found: groups.find((candidate) => candidate.GroupId === id), groups };
}
