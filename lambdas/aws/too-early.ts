import type { Saying } from './saying.ts';
import { tooEarlyInNetwork } from './too-early-network.ts';

const roleLag = 'a role of seconds (7 to 15 s until other services may assume it, n = 7)';

/**
 * What AWS answers while something made moments ago is not usable everywhere yet. workflow/DECISIONS.md ("Create, then
 * use") says which pairs are solved by order instead.
 */
export const tooEarly: readonly Saying[] = [
  ...tooEarlyInNetwork,
  {
    code: 'InvalidParameter',
    message: /Unable to assume given IAM role/,
    sample: 'Unable to assume given IAM role',
    when: `CreateRole, then CreateFlowLogs: ${roleLag}`,
    source: 'seen by terraform-provider-aws (aws_flow_log)',
  },
  {
    code: 'NoSuchEntityException',
    sample: 'The role with name platform-us-east-1-execution cannot be found.',
    when: 'CreateRole, then PutRolePolicy',
    source: 'IAM user guide, "Changes that I make are not always immediately visible"',
  },
  {
    code: 'InvalidParameterException',
    message: /does not have an associated load balancer/,
    sample: 'The target group with targetGroupArn arn:tg does not have an associated load balancer.',
    when: 'CreateListener or CreateRule, then CreateService',
    source: 'ECS developer guide, "Service event messages"',
  },
  {
    code: 'InvalidParameterException',
    message: /Unable to assume the service linked role/,
    sample: 'Unable to assume the service linked role. Please verify that the ECS service linked role exists.',
    when: 'CreateServiceLinkedRole, then CreateCluster or CreateService (up to minutes)',
    source: 'ECS developer guide, "Using service-linked roles"',
  },
  {
    code: 'InvalidParameterException',
    message: /still Draining/,
    sample: 'Unable to Start a service that is still Draining.',
    when: 'DeleteService, then CreateService of the same name',
    source: 'ECS API reference, CreateService',
  },
  {
    code: 'ClientException',
    message: /^Role is not valid/,
    sample: 'Role is not valid',
    when: `CreateRole, then RegisterTaskDefinition: ${roleLag}`,
    source: 'seen by terraform-provider-aws (aws_ecs_task_definition)',
  },
  {
    code: 'ClientException',
    message: /unable to assume the role|service linked role/i,
    sample:
      "ECS was unable to assume the role 'arn:aws:iam::123456789012:role/slipway/x' that was provided for this task.",
    when: `CreateRole, then CreateService: ${roleLag}`,
    source: 'ECS developer guide, "Service event messages"',
  },
  {
    code: 'ClusterNotFoundException',
    sample: 'Cluster not found.',
    when: 'CreateCluster, then CreateService',
    source: 'ECS API reference, CreateService',
  },
  {
    code: 'ServiceNotFoundException',
    sample: 'Service not found.',
    when: 'CreateService, then UpdateService',
    source: 'ECS API reference, UpdateService',
  },
  {
    code: 'ValidationException',
    message: /ECS service doesn't exist/,
    sample: "ECS service doesn't exist: service/platform-cluster/staging",
    when: 'CreateService, then RegisterScalableTarget',
    source: 'seen by terraform-provider-aws (aws_appautoscaling_target)',
  },
  {
    code: 'ObjectNotFoundException',
    sample: 'No scalable target registered for service namespace: ecs, resource ID: service/platform-cluster/staging',
    when: 'RegisterScalableTarget, then PutScalingPolicy',
    source: 'Application Auto Scaling API reference, PutScalingPolicy',
  },
  {
    code: 'NoSuchBucket',
    sample: 'The specified bucket does not exist',
    when: 'CreateBucket, then PutPublicAccessBlock',
    source: 'S3 user guide, "Data consistency model": bucket configurations are eventually consistent',
  },
  {
    code: 'OperationAborted',
    sample: 'A conflicting conditional operation is currently in progress against this resource. Please try again.',
    when: 'DeleteBucket, then CreateBucket of the same name',
    source: 'S3 API reference, "Error responses"',
  },
  {
    code: 'InvalidInputException',
    message: /not authorized to perform: sts:AssumeRole/,
    sample: 'CodeBuild is not authorized to perform: sts:AssumeRole on arn:aws:iam::123456789012:role/slipway/x',
    when: `CreateRole, then CreateProject: ${roleLag}`,
    source: 'CodeBuild user guide, "Troubleshooting"',
  },
  {
    code: 'InvalidStructureException',
    message: /not authorized to perform AssumeRole/,
    sample: 'CodePipeline is not authorized to perform AssumeRole on role arn:aws:iam::123456789012:role/slipway/x',
    when: `CreateRole, then CreatePipeline: ${roleLag}`,
    source: 'seen by terraform-provider-aws (aws_codepipeline)',
  },
  {
    code: 'InvalidStructureException',
    message: /No bucket with the name/,
    sample: 'No bucket with the name platform-123456789012-us-west-2-artifacts',
    when: 'CreateBucket in another region, then CreatePipeline: regions run side by side',
    source: 'aws-deployment-framework, issue 95',
  },
  {
    code: 'ValidationException',
    message: /cannot be assumed by principal/,
    sample:
      "Provided role 'arn:aws:iam::123456789012:role/slipway/x' cannot be assumed by principal 'events.amazonaws.com'.",
    when: `CreateRole, then PutTargets: ${roleLag}`,
    source: 'seen by terraform-provider-aws (aws_cloudwatch_event_target)',
  },
  ...(
    [
      [
        'ResourceNotFoundException',
        'The specified log group does not exist.',
        'CreateLogGroup, then PutRetentionPolicy',
      ],
      [
        'PipelineNotFoundException',
        'The account does not have a pipeline with the name',
        'CreatePipeline, then DisableStageTransition',
      ],
      [
        'RepositoryNotFoundException',
        'The repository with name platform-app does not exist',
        'CreateRepository, then PutLifecyclePolicy',
      ],
      [
        'RepositoryDoesNotExistException',
        'platform-app does not exist',
        'CreateRepository of CodeCommit, then an update',
      ],
      ['NotFoundException', 'Topic does not exist', 'CreateTopic, then Subscribe'],
      ['ConcurrentModificationException', 'Rule platform-source is being modified', 'PutRule, then PutTargets'],
      [
        'OperationAbortedException',
        'A conflicting operation is currently in progress against this resource. Please try again.',
        'two changes of one log group',
      ],
      ['ResourceInUseException', 'The resource is in use', 'a change while another is under way'],
      ['ConcurrentUpdateException', 'there is a pending update', 'two changes of one scalable target'],
      [
        'ConcurrentAccessException',
        "Can't perform multiple operations on a tag simultaneously.",
        'two changes of one topic',
      ],
      [
        'StaleTagException',
        'A tag has been added to a resource with the same ARN as a deleted resource.',
        'DeleteTopic, then CreateTopic',
      ],
      ['UpdateInProgressException', 'There is already an update in progress', 'two changes of one cluster'],
      [
        'ConflictException',
        'the pipeline is busy handling ongoing activities',
        'a change of a pipeline or dashboard that is being changed',
      ],
      [
        'ResourceConflict',
        'Conflict with the current state of the alarm',
        'DeleteAlarms while an alarm is being changed',
      ],
      ['DependencyViolation', 'resource sg-0a1b has a dependent object', 'a removal, then a change of what hung on it'],
    ] as const
  ).map(([code, sample, when]) => ({ code, sample, when, source: "the call's errors in the service model" })),
];
