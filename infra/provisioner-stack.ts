import { CfnOutput, CfnParameter, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import { AttributeType, BillingMode, Table, TableEncryption } from 'aws-cdk-lib/aws-dynamodb';
import { BlockPublicAccess, Bucket, BucketEncryption, ObjectOwnership } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { prefix } from '../workflow/machines.ts';
import { settleSeconds as settleWindow } from '../workflow/retriers.ts';
import { machineArn } from './access.ts';
import { acknowledgeFindings } from './acknowledgements.ts';
import { addAllowances } from './allowances.ts';
import { ApprovalApi } from './approval-api.ts';
import { addFunctions } from './functions.ts';
import { addTopics } from './notifications.ts';
import { platformBoundary } from './platform-boundary.ts';
import { addReruns, eventQueue } from './reruns.ts';
import { addWorkflows } from './workflows.ts';

export interface ProvisionerStackProps extends StackProps {
  /** Folder with a bundle a Lambda (infra/bundles.ts). */
  readonly bundles: string;
}

/** The provisioner: everything that runs the workflow, in its home region. It holds nothing of the platform itself. */
export class ProvisionerStack extends Stack {
  constructor(scope: Construct, id: string, { bundles, ...props }: ProvisionerStackProps) {
    super(scope, id, props);
    // CDK splits a policy by its own guess of 150 characters an ARN; ours have 70 on average once account and partition are in.
    this.node.setContext('@aws-cdk/aws-iam.arnSizeEstimate', 90);
    const baseImage = new CfnParameter(this, 'BaseImage', {
      type: 'String',
      description: "Image that the app's layer is put on, pinned: registry/repository@sha256:<64 hex digits>",
      allowedPattern: '.+/.+@sha256:[0-9a-f]{64}',
    });
    const settleSeconds = new CfnParameter(this, 'SettleSeconds', {
      type: 'Number',
      default: settleWindow,
      minValue: 1,
      maxValue: 300,
      description: 'Seconds after which whatever AWS made is visible to every read',
    });
    const maxReruns = new CfnParameter(this, 'MaxReruns', {
      type: 'Number',
      default: 3,
      minValue: 0,
      maxValue: 10,
      description: 'How often a failed execution is started again automatically for one and the same cause',
    });
    const table = new Table(this, 'Table', {
      tableName: prefix,
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billingMode: BillingMode.PAY_PER_REQUEST,
      encryption: TableEncryption.AWS_MANAGED,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      timeToLiveAttribute: 'expiresAt',
      // Locks, intents and who approved what must outlive a mistaken removal of the stack.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const plans = new Bucket(this, 'Plans', {
      bucketName: `${prefix}-plans-${this.account}-${this.region}`,
      encryption: BucketEncryption.S3_MANAGED,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      // As long as Step Functions keeps executions.
      lifecycleRules: [{ expiration: Duration.days(90) }],
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
    });
    const { progress, approvals, approverEmail } = addTopics(this);
    // Its topics belong to the platforms, one in each region.
    const alarmEmail = new CfnParameter(this, 'AlarmEmail', {
      type: 'String',
      default: '',
      description: 'E-mail address that alarms are sent to, unless an input says otherwise (optional)',
    });
    const { secretPrefixes, taskRoles } = addAllowances(this);
    const boundary = platformBoundary(this);
    const api = new ApprovalApi(this);

    const refusedEvents = eventQueue(this, 'RefusedEvents', 'refused-events');
    const functions = addFunctions(this, {
      bundles,
      table,
      plans,
      progress,
      approvals,
      refusedEvents,
      permissionsBoundaryArn: boundary.managedPolicyArn,
      settings: {
        ALARM_EMAIL: alarmEmail.valueAsString,
        APPROVALS_TOPIC_ARN: approvals.topicArn,
        APPROVAL_URL: api.apiEndpoint,
        APPROVER_EMAIL: approverEmail,
        BASE_IMAGE: baseImage.valueAsString,
        PERMISSIONS_BOUNDARY_ARN: boundary.managedPolicyArn,
        SECRET_PREFIXES: secretPrefixes,
        SETTLE_SECONDS: settleSeconds.valueAsString,
        TASK_ROLES: taskRoles,
        MAX_RERUNS: maxReruns.valueAsString,
        PLANS_BUCKET: plans.bucketName,
        PROVISION_ARN: machineArn('provision'),
        REFUSED_QUEUE_URL: refusedEvents.queueUrl,
      },
    });
    api.answerWith(functions['approval-api']);
    const workflows = addWorkflows(this, functions);
    addReruns(this, workflows, functions);

    new CfnOutput(this, 'ProvisionArn', { value: workflows.provision.stateMachineArn });
    new CfnOutput(this, 'ApprovalUrl', { value: api.apiEndpoint });
    new CfnOutput(this, 'ProgressTopicArn', { value: progress.topicArn });
    new CfnOutput(this, 'ApprovalsTopicArn', { value: approvals.topicArn });
    new CfnOutput(this, 'TableName', { value: table.tableName });
    acknowledgeFindings(this);
  }
}
