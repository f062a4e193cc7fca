import type { Kind } from '../../workflow/stages.ts';
import type { Decisions } from './decisions.ts';

export const roleDecisions = {
  role: {
    client: 'iam',
    operations: [
      'CreateRole',
      'UpdateRole',
      'UpdateAssumeRolePolicy',
      'PutRolePolicy',
      'AttachRolePolicy',
      'PutRolePermissionsBoundary',
    ],
    owned: {
      RoleName: 'name',
      AssumeRolePolicyDocument: 'trust',
      'UpdateAssumeRolePolicy.PolicyDocument': 'trust',
      'PutRolePolicy.PolicyDocument': 'policies',
      PolicyName: 'policies',
      PolicyArn: 'managedPolicies',
      PermissionsBoundary: 'permissionsBoundary',
    },
    others: { 'whoever describes roles for people': ['Description'] },
    notApplicable: {
      'IAM can’t change it': ['Path'],
      'services that assume a role ask for an hour at the most': ['MaxSessionDuration'],
    },
  },
  'service-linked-role': {
    client: 'iam',
    operations: ['CreateServiceLinkedRole'],
    owned: {},
    notApplicable: { 'it is the service’s, and the account’s': ['AWSServiceName', 'Description', 'CustomSuffix'] },
  },
} as const satisfies Partial<Record<Kind, Decisions>>;
