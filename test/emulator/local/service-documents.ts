import type { RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';

export const account = '000000000000';
export const region = 'us-east-1';
const image = `${account}.dkr.ecr.${region}.amazonaws.com/app:none`;
export const secret = `arn:aws:secretsmanager:${region}:${account}:secret:shop/token-AbCdEf`;
export const parameter = `arn:aws:ssm:${region}:${account}:parameter/shop/key`;

/** A policy, or the trust of a role. */
export const allowing = (Action: readonly string[], Principal?: object, Resource = '*'): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action,
        ...(Principal === undefined ? { Resource } : { Principal, ...(Resource === '*' ? {} : { Resource }) }),
      },
    ],
  });

/** Of a task that reads secrets, pulls its image and writes a log: everything that a role is needed for. */
export const taskDefinition = (
  family: string,
  executionRoleArn: string,
  secrets: readonly string[] = [secret, parameter],
): RegisterTaskDefinitionCommandInput => ({
  family,
  executionRoleArn,
  networkMode: 'awsvpc',
  requiresCompatibilities: ['FARGATE'],
  cpu: '256',
  memory: '512',
  containerDefinitions: [
    {
      name: 'app',
      image,
      secrets: secrets.map((valueFrom, index) => ({ name: `SECRET_${index}`, valueFrom })),
      logConfiguration: {
        logDriver: 'awslogs',
        options: { 'awslogs-group': '/roles', 'awslogs-region': region, 'awslogs-stream-prefix': 'app' },
      },
    },
  ],
});

const Resources = {
  Role: {
    Type: 'AWS::IAM::Role',
    Properties: {
      RoleName: 'function',
      AssumeRolePolicyDocument: JSON.parse(allowing(['sts:AssumeRole'], { Service: 'lambda.amazonaws.com' })),
    },
  },
  Function: {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: 'answers',
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
      Code: { ZipFile: "exports.handler = async () => ({ statusCode: 200, body: 'yes' });" },
    },
  },
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'api', ProtocolType: 'HTTP' } },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: { Ref: 'Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': ['Function', 'Arn'] },
      PayloadFormatVersion: '2.0',
    },
  },
  Route: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: { Ref: 'Api' },
      RouteKey: 'GET /pages/{id}',
      Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
    },
  },
  Stage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true },
  },
};
/** Of a stack: a function that answers, and an API in front of it. */
export const template = JSON.stringify({ Resources, Outputs: { Api: { Value: { Ref: 'Api' } } } });
