const ownName = 'the service looks at no tags for it: the name, <deployment>-<part>, tells what is ours';
const bucketName =
  'S3 looks at the tags of a bucket only where ABAC was enabled for it: the name holds account and part';
const rolePath = "roles are ours by their path, /slipway/, which is nobody else's";
const traces = 'X-Ray has no resource-level permissions; this adds to the traces of the account and changes none';

/**
 * Why a change is allowed to what does not carry a deployment's tag, by IAM action. Any other is refused from every
 * Lambda's role (test/infra/denials.test.ts), which also finds a line here that has become needless.
 */
export const changesWithoutTag: Readonly<Record<string, string>> = {
  'cloudwatch:DeleteAlarms': 'target tracking makes its alarms itself, without tags, under a prefix of its own',
  'cloudwatch:DeleteDashboards': ownName,
  'cloudwatch:PutDashboard': ownName,
  'cloudwatch:PutMetricAlarm': 'target tracking makes its alarms itself, without tags, under a prefix of its own',
  'codebuild:DeleteReportGroup': 'CodeBuild makes the group, without tags: its name, <deployment>-build-tests, tells',
  'codepipeline:DisableStageTransition':
    "authorised by the stage, whose ARN begins with the pipeline's name, where IAM takes no wildcard; it is not said that a stage has its pipeline's tags",
  'codepipeline:EnableStageTransition': 'as for DisableStageTransition',
  'ec2:AuthorizeSecurityGroupEgress': 'on rules only, each of which is part of a group, and that has to carry the tag',
  'ec2:AuthorizeSecurityGroupIngress': 'on rules only, each of which is part of a group, and that has to carry the tag',
  'ecs:DeregisterTaskDefinition': 'it has no resource-level permissions; a revision that is deregistered still runs',
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
  's3:DeleteObjectVersion': bucketName,
  's3:PutBucketOwnershipControls': bucketName,
  's3:PutBucketPolicy': bucketName,
  's3:PutBucketPublicAccessBlock': bucketName,
  's3:PutBucketTagging': bucketName,
  's3:PutEncryptionConfiguration': bucketName,
  's3:PutLifecycleConfiguration': bucketName,
  's3:PutObject': "a plan, in the provisioner's own bucket",
  's3:TagResource': bucketName,
  'tag:TagResources':
    "it has no resource-level permissions, and needs the tagging action of the thing's own service beside it",
  'xray:PutTelemetryRecords': traces,
  'xray:PutTraceSegments': traces,
};

/**
 * Why a role has what it did not use in the life that `npm run permissions` records; the first that fits `<role> <action>`
 * counts. workflow/PERMISSIONS.md shows them, and test/infra/permissions-page.test.ts finds one that has become needless.
 */
export const unusedPermissions: readonly { readonly what: RegExp; readonly why: string }[] = [
  { what: / xray:/, why: 'traces: the local cloud has no X-Ray' },
  {
    what: /\(state machine\) logs:/,
    why: "log delivery, which Step Functions sets up with the machine's role; the local cloud writes logs without",
  },
  {
    what: /\(state machine\) (events:|states:(Describe|Stop)Execution)/,
    why: 'startExecution.sync waits by a rule of its own and stops its child; the local cloud does so within itself',
  },
  {
    what: /^slipway-validate (iam:GetRole|secretsmanager:DescribeSecret|ssm:DescribeParameters)$/,
    why: "whether the app's secrets and role exist: only for an input that names some (test/unit/lambdas/steps/validate-app.test.ts)",
  },
  {
    what: /^slipway-release-failed (codebuild|codepipeline|sns):/,
    why: 'what a failed release came to: test/recovery/own-app pushes commits that fail',
  },
  {
    what: /^slipway-pipeline codebuild:(StartBuild|BatchGetReportGroups)$/,
    why: 'a kind declares what it writes once for all its stages: a replica is filled in Finish production, reports go in destroy',
  },
  { what: /^ReconcileRole /, why: 'the schedule, which test/recovery/reruns/schedule.test.ts waits for' },
  {
    what: /^platform: (build|execution|pipeline) /,
    why: "AWS's documentation of the service asks for it; the local cloud's does without",
  },
  { what: /:(ListTagsForResource|DescribeTags)$/, why: 'tags of what the tag index lacks: it lags behind' },
  {
    what: / (iam:GetAccountSummary|ec2:DescribeSubnets|cloudwatch:GetMetricStatistics|codecommit:ListRepositories|codepipeline:ListPipelines|events:ListRules|s3:ListAllMyBuckets)$/,
    why: 'counts for a quota, in the plan: a kind declares its reads once for whoever reads it',
  },
  {
    what: / servicequotas:GetAWSDefaultServiceQuota$/,
    why: 'a quota to which no value was ever applied: the local cloud applies one to each that is asked for',
  },
  {
    what: /^slipway-vpc ec2:Describe(NatGateways|SecurityGroups)$| (ec2:Describe(EgressOnlyInternetGateways|NetworkAcls|NetworkInterfaces|VpcEndpoints|VpcPeeringConnections|VpnGateways)|ecs:ListServices)$/,
    why: 'what of others keeps a VPC or a cluster from being removed: the inventory of a destroy reads it',
  },
  {
    what: / (ecs:(DescribeTasks|ListTasks)|elasticloadbalancing:DescribeTargetHealth)$/,
    why: 'why tasks do not run: only while a service is not steady',
  },
  {
    what: / (codebuild:(BatchGetBuilds|ListBuildsForProject)|codepipeline:(GetPipelineState|ListPipelineExecutions))$/,
    why: 'whether the way to production is still closed, and nothing is built: only until it is opened',
  },
  {
    what: /^slipway-deploy-\w+ cloudwatch:/,
    why: 'target tracking makes and removes its alarms with the rights of its caller; the local cloud makes none',
  },
  {
    what: /^slipway-(reconcile-due|rerun-due|validate-destroy) sns:Publish$/,
    why: 'the progress topic, which every function may publish to',
  },
  {
    what: / dynamodb:/,
    why: 'records of deployments and executions: one statement serves all steps, one all stages that make something',
  },
  {
    what: / states:(DescribeExecution|ListExecutions)$/,
    why: 'whether the execution that holds the lock still runs: only where one holds it',
  },
  {
    what: /^slipway-request-approval states:SendTaskSuccess$/,
    why: 'the answer to a question that is put again after people have answered it',
  },
  {
    what: / tag:TagResources$/,
    why: 'corrects tags that people change: test/recovery/lifecycle changes those of every kind',
  },
  {
    what: / codebuild:StopBuild$/,
    why: 'a build that began before its pipeline was held: test/recovery/crash dies in between',
  },
  {
    what: / (codepipeline:\w+StageTransition|codepipeline:StopPipelineExecution|ecr:UploadLayerPart)$/,
    why: 'what the life does not come to: a way that was opened by hand, a layer in parts (test/unit/lambdas)',
  },
  {
    what: / (ec2:(ReplaceRoute\w*|RevokeSecurityGroupEgress)|elasticloadbalancing:(ModifyTargetGroup|Set\w+)|iam:(Put|Update)\w+|s3:(Put\w+|TagResource)|sns:SetTopicAttributes)$/,
    why: 'repairs what the life does not alter in this stage: test/unit/lambdas/resources sends it',
  },
  {
    what: /^slipway-(destroy|destroy-region|inventory|summarise-destroy|validate-destroy) |^slipway-destroy \(state machine\) states:|:(Delete|Deregister|Detach|Remove|BatchDelete|ListBucket)\w*$/,
    why: 'destroy, which test/recovery/destroy runs with IAM enforced',
  },
];
