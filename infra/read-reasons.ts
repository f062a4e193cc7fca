const noTags = 'tags that the tag index lacks: it lags, and a stage never uses it';

/**
 * Why each call that reads is made, by IAM action: no read without a reason, so that reading everything stays cheap.
 * workflow/READS.md shows them with the numbers that were measured (`npm run reads`).
 */
export const readReasons = {
  'application-autoscaling:DescribeScalableTargets':
    'bounds and suspensions of every service’s autoscaling, in one call',
  'application-autoscaling:DescribeScalingPolicies': 'the policy of each service, and what others have put on it',
  'cloudwatch:DescribeAlarms': 'all alarms by name, in one call',
  'cloudwatch:GetDashboard': 'the dashboard’s body',
  'cloudwatch:ListTagsForResource': noTags,
  'cloudwatch:GetMetricStatistics': 'how many vCPUs run on Fargate; only if a service is to be created',
  'codebuild:BatchGetBuilds': 'whether a build of that run goes on; only until the transition is opened for good',
  'codebuild:BatchGetProjects': 'settings, variables and tags of the project, in one call',
  'codebuild:ListBuildsForProject':
    'the builds of the run that the pipeline’s creation started; only until the transition is opened for good',
  'codecommit:GetRepository': 'clone URL and description',
  'codecommit:ListRepositories': 'how many repositories there are; only if one is to be created',
  'codecommit:ListTagsForResource': noTags,
  'codepipeline:GetPipeline': 'the whole structure',
  'codepipeline:GetPipelineState': 'whether the transition to production is closed; only until it is opened for good',
  'codepipeline:ListPipelines': 'how many pipelines there are; only if one is to be created',
  'codepipeline:ListPipelineExecutions':
    'whether the run that its creation started is still active; only until the transition is opened for good',
  'codepipeline:ListTagsForResource': noTags,
  'dynamodb:GetItem': 'our table: the approved configuration',
  'dynamodb:Query': 'our table: the run’s events, for the report’s timeline, and the creates that were begun',
  'dynamodb:TransactGetItems': 'our table: the values that a state refers to, in one call',
  'ec2:DescribeAddresses': 'addresses by tag, in one call; how many are left, if some are to be allocated',
  'ec2:DescribeAvailabilityZones': 'the choice of zones; a reconcile keeps the earlier choice',
  'ec2:DescribeFlowLogs': 'the flow log by tag, and whether it delivers',
  'ec2:DescribeInternetGateways': 'the gateway by tag, and what it is attached to',
  'ec2:DescribeNatGateways': 'gateways by tag with their state; how many are left, if some are to be created',
  'ec2:DescribeRouteTables': 'tables by tag with routes and subnets, in one call for two kinds',
  'ec2:DescribeSecurityGroups': 'groups by tag with their rules, in one call',
  'ec2:DescribeSubnets': 'subnets by tag, in one call; their zones, if zones are to be chosen',
  'ec2:DescribeVpcAttribute': 'DNS support and hostnames, which DescribeVpcs does not show; one call for each',
  'ec2:DescribeEgressOnlyInternetGateways': 'what others have in the VPC; only before a destroy',
  'ec2:DescribeNetworkAcls': 'what others have in the VPC; only before a destroy',
  'ec2:DescribeNetworkInterfaces': 'what others have in the VPC; only before a destroy',
  'ec2:DescribeVpcPeeringConnections': 'what others have in the VPC; only before a destroy',
  'ec2:DescribeVpnGateways': 'what others have in the VPC; only before a destroy',
  'ec2:DescribeVpcEndpoints': 'what others have in the VPC; only before a destroy',
  'ec2:DescribeVpcs': 'the VPC by tag; how many are left, if one is to be created',
  'ecr:DescribeImages': 'whether the wanted image exists, and where `latest` points',
  'ecr:DescribeRepositories':
    'scanning, mutability and encryption; how many repositories there are, if one is to be created',
  'ecr:GetLifecyclePolicy': 'what expires, which DescribeRepositories does not show',
  'ecr:GetRepositoryPolicy': 'who else may pull and push: nobody',
  'ecr:ListTagsForResource': noTags,
  'ecs:DescribeClusters': 'settings, state and tags, in one call',
  'ecs:DescribeServices':
    'all services with deployments, counts and tags, in one call; which revision runs, if the newest is a release',
  'ecs:DescribeTaskDefinition': 'the newest active revision of each family, with its tags',
  'ecs:DescribeTasks':
    'why tasks stopped, while a service is not steady; what others run in the cluster, before a destroy',
  'ecs:ListServices': 'what others run in the cluster; only before a destroy',
  'ecs:ListTaskDefinitions': 'older revisions; only if the newest is not ours, and to remove them',
  'ecs:ListTasks':
    'tasks that stopped, while a service is not steady; what others run in the cluster, before a destroy',
  'elasticloadbalancing:DescribeListeners': 'ports, actions and certificates',
  'elasticloadbalancing:DescribeLoadBalancerAttributes':
    'how headers, idle connections and deletion are treated, which DescribeLoadBalancers does not show',
  'elasticloadbalancing:DescribeLoadBalancers': 'the load balancer by name, with its state',
  'elasticloadbalancing:DescribeRules': 'the rules for every environment that has a path of its own',
  'elasticloadbalancing:DescribeTags': noTags,
  'elasticloadbalancing:DescribeTargetGroupAttributes':
    'how long a deregistered target may finish requests, which DescribeTargetGroups does not show; one call for each group',
  'elasticloadbalancing:DescribeTargetGroups': 'all groups by name, in one call; one by one while one is missing',
  'elasticloadbalancing:DescribeTargetHealth':
    'whether targets are healthy; only while a service is not steady, and for the stage that waits for it',
  'events:DescribeRule': 'pattern and state',
  'events:ListTagsForResource': noTags,
  'events:ListRules': 'how many rules the default bus has; only if some are to be created',
  'events:ListTargetsByRule': 'what the rule starts, which DescribeRule does not show',
  'iam:GetAccountAuthorizationDetails':
    'every role with trust, policies, boundary and tags, in one call for all regions and two kinds',
  's3:ListAllMyBuckets': 'how many buckets the account has; only if some are to be created',
  'iam:GetAccountSummary': 'how many roles the account has room for; only if some are to be created',
  'iam:GetRole': 'trust, boundary and tags, for a stage that changes roles',
  'iam:GetRolePolicy': 'an inline policy’s document, for a stage that changes roles',
  'iam:ListAttachedRolePolicies': 'managed policies that somebody attached, for a stage that changes roles',
  'iam:ListRolePolicies': 'inline policies, for a stage that changes roles',
  'iam:ListRoles': 'which of our roles exist, for a stage that changes roles',
  'logs:DescribeLogGroups': 'all groups by name with their retention, in one call',
  'logs:ListTagsForResource': noTags,
  's3:GetBucketOwnershipControls': 'that ACLs are off; S3 has one call for each setting',
  's3:GetBucketPolicy': 'that only TLS is accepted',
  's3:GetBucketPublicAccessBlock': 'that nothing can be made public',
  's3:GetBucketTagging': noTags,
  's3:GetEncryptionConfiguration': 'the bucket’s encryption',
  's3:GetLifecycleConfiguration': 'what expires',
  'servicequotas:GetAWSDefaultServiceQuota': 'the limit of a quota that the account never changed',
  'servicequotas:GetServiceQuota':
    'whether there is room for what is to be created; only if what every account is allowed may not be enough',
  'sns:GetTopicAttributes': 'display name and policy; one call for each topic',
  'sns:ListSubscriptionsByTopic': 'who is subscribed, and who has not confirmed',
  'sns:ListTagsForResource': noTags,
  'states:DescribeExecution': 'whether the execution that holds the lock is still running; only if one holds it',
  'states:ListExecutions': 'whether one that it started is still running; only after it has ended',
  'tag:GetResources': 'the tag index: tags of everything of ours, in one call for all kinds',
} as const satisfies Readonly<Record<`${string}:${string}`, string>>;
