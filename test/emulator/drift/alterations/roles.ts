import {
  AttachRolePolicyCommand,
  DeleteRolePermissionsBoundaryCommand,
  IAMClient,
  PutRolePolicyCommand,
  UntagRoleCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';

import { type Alteration, document, east, executionRole, west } from './hands.ts';

export const roles: readonly Alteration[] = [
  {
    name: 'the execution role widened by an inline policy',
    region: west,
    alter: ({ client }) =>
      client(IAMClient).send(
        new PutRolePolicyCommand({
          RoleName: executionRole,
          PolicyName: 'just-for-now',
          PolicyDocument: document({ Effect: 'Allow', Action: '*', Resource: '*' }),
        }),
      ),
    planned: ['role/execution policies[just-for-now]'],
  },
  {
    name: 'the execution role widened by a managed policy',
    region: west,
    alter: ({ client }) =>
      client(IAMClient).send(
        new AttachRolePolicyCommand({
          RoleName: executionRole,
          PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess',
        }),
      ),
    planned: ['role/execution managedPolicies'],
  },
  {
    name: 'the build role open to another service',
    region: east,
    alter: ({ client }) =>
      client(IAMClient).send(
        new UpdateAssumeRolePolicyCommand({
          RoleName: 'platform-us-east-1-build',
          PolicyDocument: document({
            Effect: 'Allow',
            Principal: { Service: 'ec2.amazonaws.com' },
            Action: 'sts:AssumeRole',
          }),
        }),
      ),
    planned: ['role/build trust.Statement[0]', 'role/build trust.Statement[AssumedByService]'],
  },
  {
    name: 'a permissions boundary removed',
    region: east,
    alter: ({ client }) =>
      client(IAMClient).send(new DeleteRolePermissionsBoundaryCommand({ RoleName: 'platform-us-east-1-pipeline' })),
    planned: ['role/pipeline permissionsBoundary'],
  },
  {
    name: 'a role without the user’s tag',
    region: east,
    alter: ({ client }) =>
      client(IAMClient).send(new UntagRoleCommand({ RoleName: 'platform-us-east-1-events', TagKeys: ['cost-center'] })),
    planned: ['role/events tags[cost-center]'],
  },
];
