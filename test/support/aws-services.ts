/** What else a service is called, by the SDK's class of its client. */
interface AwsService {
  /** The SDK's package, without its scope. */
  readonly package: string;
  /** Before the colon of its IAM actions. */
  readonly prefix: string;
  /** botocore's name of its model. */
  readonly model: string;
}

export const awsServices: Readonly<Record<string, AwsService>> = {
  ApplicationAutoScalingClient: {
    package: 'client-application-auto-scaling',
    prefix: 'application-autoscaling',
    model: 'application-autoscaling',
  },
  CloudWatchClient: { package: 'client-cloudwatch', prefix: 'cloudwatch', model: 'cloudwatch' },
  CloudWatchLogsClient: { package: 'client-cloudwatch-logs', prefix: 'logs', model: 'logs' },
  CodeBuildClient: { package: 'client-codebuild', prefix: 'codebuild', model: 'codebuild' },
  CodeCommitClient: { package: 'client-codecommit', prefix: 'codecommit', model: 'codecommit' },
  CodePipelineClient: { package: 'client-codepipeline', prefix: 'codepipeline', model: 'codepipeline' },
  DynamoDBClient: { package: 'client-dynamodb', prefix: 'dynamodb', model: 'dynamodb' },
  EC2Client: { package: 'client-ec2', prefix: 'ec2', model: 'ec2' },
  ECRClient: { package: 'client-ecr', prefix: 'ecr', model: 'ecr' },
  ECSClient: { package: 'client-ecs', prefix: 'ecs', model: 'ecs' },
  ElasticLoadBalancingV2Client: {
    package: 'client-elastic-load-balancing-v2',
    prefix: 'elasticloadbalancing',
    model: 'elbv2',
  },
  EventBridgeClient: { package: 'client-eventbridge', prefix: 'events', model: 'events' },
  IAMClient: { package: 'client-iam', prefix: 'iam', model: 'iam' },
  ResourceGroupsTaggingAPIClient: {
    package: 'client-resource-groups-tagging-api',
    prefix: 'tag',
    model: 'resourcegroupstaggingapi',
  },
  S3Client: { package: 'client-s3', prefix: 's3', model: 's3' },
  ServiceQuotasClient: { package: 'client-service-quotas', prefix: 'servicequotas', model: 'service-quotas' },
  SecretsManagerClient: { package: 'client-secrets-manager', prefix: 'secretsmanager', model: 'secretsmanager' },
  SFNClient: { package: 'client-sfn', prefix: 'states', model: 'stepfunctions' },
  SNSClient: { package: 'client-sns', prefix: 'sns', model: 'sns' },
  SQSClient: { package: 'client-sqs', prefix: 'sqs', model: 'sqs' },
  SSMClient: { package: 'client-ssm', prefix: 'ssm', model: 'ssm' },
};

/**
 * The service of a client's class, or of its package.
 * @throws {RangeError} that says where to add it
 */
export function awsService(by: 'client' | 'package', name: string): AwsService {
  const [, found] =
    Object.entries(awsServices).find(([client, service]) => (by === 'client' ? client : service.package) === name) ??
    [];
  if (found === undefined) throw new RangeError(`${name} is not in test/support/aws-services.ts`);
  return found;
}
