import { describe, expect, test } from '@jest/globals';
import { powerLines, powersOf } from '../../../../infra/cli/deploy/powers.ts';

const document = (...Statement: readonly object[]) => ({ PolicyDocument: { Statement } });
const allow = (Action: string | readonly string[], Condition?: object) => ({
  Effect: 'Allow',
  Action,
  Resource: '*',
  ...(Condition === undefined ? {} : { Condition }),
});

const template = {
  Resources: {
    VpcRole: { Type: 'AWS::IAM::Role', Properties: { Policies: [document(allow('sns:Publish'))] } },
    Vpc: {
      Type: 'AWS::Lambda::Function',
      Properties: { FunctionName: 'slipway-vpc', Role: { 'Fn::GetAtt': ['VpcRole', 'Arn'] } },
    },
    VpcPolicy: {
      Type: 'AWS::IAM::Policy',
      Properties: {
        Roles: [{ Ref: 'VpcRole' }],
        ...document(
          allow(['ec2:DescribeVpcs', 'ec2:CreateVpc', 'ec2:DeleteVpc', 'ec2:CreateVpc']),
          allow(['iam:CreateRole'], { StringEquals: { 'iam:PermissionsBoundary': 'arn' } }),
          allow(['iam:PassRole'], { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } }),
          { Effect: 'Deny', Action: 's3:DeleteBucket', Resource: '*' },
        ),
      },
    },
    Machine: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: { StateMachineName: 'slipway-provision', RoleArn: { 'Fn::GetAtt': ['MachineRole', 'Arn'] } },
    },
    MachineRole: { Type: 'AWS::IAM::Role', Properties: {} },
    ScheduleRole: {
      Type: 'AWS::IAM::Role',
      Properties: { Policies: [document(allow(['lambda:InvokeFunction', 'iam:TagRole']))] },
    },
    Topic: { Type: 'AWS::SNS::Topic', Properties: {} },
  },
};

describe('what a stack may do', () => {
  test('is told by role, from all policies that are on it; what is denied is not told', () => {
    expect(powersOf(template)).toEqual([
      { name: 'ScheduleRole', reads: [], writes: { iam: 1, lambda: 1 }, identity: ['TagRole'] },
      { name: 'slipway-provision', reads: [], writes: {}, identity: [] },
      {
        name: 'slipway-vpc',
        reads: ['ec2'],
        writes: { ec2: 2, iam: 2, sns: 1 },
        identity: ['CreateRole with the boundary', 'PassRole to named services'],
      },
    ]);
  });

  test('stands on a line for each role, and IAM apart', () => {
    expect(powerLines(powersOf(template))).toEqual([
      'It makes 3 IAM roles, which may read, and change (number of actions):',
      '  ScheduleRole       reads nothing; changes iam 1, lambda 1',
      '  slipway-provision  reads nothing; changes nothing',
      '  slipway-vpc        reads ec2; changes ec2 2, iam 2, sns 1',
      'Of IAM itself they may change:',
      '  TagRole: ScheduleRole',
      '  CreateRole with the boundary: slipway-vpc',
      '  PassRole to named services: slipway-vpc',
    ]);
  });
});
