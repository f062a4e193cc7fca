const ownName = 'the service looks at no tags for it: the name, <deployment>-<part>, tells what is ours';
const bucketName =
  'S3 looks at the tags of a bucket only where ABAC was enabled for it: the name holds account and part';
const rolePath = "roles are ours by their path, /slipway/, which is nobody else's";
const traces = 'X-Ray knows no resource for it; it adds to the traces of the account and changes none';

/**
 * Why a change is allowed to what does not carry a deployment's tag, by IAM action. Any other is refused from every
 * Lambda's role (test/infra/denials.test.ts), which also finds a line here that has become needless.
 */
export const changesWithoutTag: Readonly<Record<string, string>> = {
  'cloudwatch:DeleteAlarms': 'target tracking makes its alarms itself, without tags, under a prefix of its own',
  'cloudwatch:DeleteDashboards': ownName,
  'cloudwatch:PutDashboard': ownName,
  'cloudwatch:PutMetricAlarm': 'target tracking makes its alarms itself, without tags, under a prefix of its own',
  'codepipeline:DisableStageTransition':
    "authorised by the stage, whose ARN begins with the pipeline's name, where IAM takes no wildcard; it is not said that a stage has its pipeline's tags",
  'codepipeline:EnableStageTransition': 'as for DisableStageTransition',
  'ec2:AuthorizeSecurityGroupEgress': 'on rules only, each of which is part of a group, and that has to carry the tag',
  'ec2:AuthorizeSecurityGroupIngress': 'on rules only, each of which is part of a group, and that has to carry the tag',
  'ecs:DeregisterTaskDefinition': 'ECS knows no resource for it; a revision that is deregistered still runs',
  'ecs:UpdateService': 'Application Auto Scaling asks ECS whether its caller may; whether with tags is not known',
  'elasticloadbalancing:SetRulePriorities': ownName,
  'iam:DeleteRole': rolePath,
  'iam:DeleteRolePolicy': rolePath,
  'iam:DetachRolePolicy': rolePath,
  'iam:TagRole': rolePath,
  'iam:UpdateAssumeRolePolicy': rolePath,
  's3:CreateBucket': bucketName,
  's3:DeleteBucket': bucketName,
  's3:DeleteObject': bucketName,
  's3:PutBucketOwnershipControls': bucketName,
  's3:PutBucketPolicy': bucketName,
  's3:PutBucketPublicAccessBlock': bucketName,
  's3:PutBucketTagging': bucketName,
  's3:PutEncryptionConfiguration': bucketName,
  's3:PutLifecycleConfiguration': bucketName,
  's3:PutObject': "a plan, in the provisioner's own bucket",
  's3:TagResource': bucketName,
  'tag:TagResources': "it knows no resource, and needs the tagging action of the thing's own service beside it",
  'xray:PutTelemetryRecords': traces,
  'xray:PutTraceSegments': traces,
};
