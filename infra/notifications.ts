import { Aws, CfnCondition, CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { progressMails } from '../workflow/events.ts';
import { prefix } from '../workflow/machines.ts';

/** A topic of the provisioner with one e-mail subscription by stack parameter; people add others in the SNS console. */
function topicWithMail(
  scope: Construct,
  {
    id,
    name,
    parameter,
    what,
  }: { readonly id: string; readonly name: string; readonly parameter: string; readonly what: string },
): { readonly topic: Topic; readonly subscription: CfnSubscription; readonly email: string } {
  const topic = new Topic(scope, id, {
    topicName: `${prefix}-${name}`,
    displayName: `Slipway ${name}`,
    enforceSSL: true,
  });
  const email = new CfnParameter(scope, parameter, {
    type: 'String',
    default: '',
    description: `E-mail address that ${what} (optional; SNS asks it to confirm)`,
  });
  const given = new CfnCondition(scope, `${parameter}Given`, {
    expression: Fn.conditionNot(Fn.conditionEquals(email.valueAsString, '')),
  });
  const subscription = new CfnSubscription(scope, `${id}Subscription`, {
    topicArn: topic.topicArn,
    protocol: 'email',
    endpoint: email.valueAsString,
    region: Stack.of(scope).region,
  });
  subscription.cfnOptions.condition = given;
  return { topic, subscription, email: email.valueAsString };
}

interface Topics {
  readonly progress: Topic;
  readonly approvals: Topic;
  readonly approverEmail: string;
}

/** Progress and approvals are apart, so that approvers are not buried. */
export function addTopics(scope: Construct): Topics {
  const progress = topicWithMail(scope, {
    id: 'Progress',
    name: 'progress',
    parameter: 'ProgressEmail',
    what: 'gets a mail on how runs go',
  });
  const approvals = topicWithMail(scope, {
    id: 'Approvals',
    name: 'approvals',
    parameter: 'ApproverEmail',
    what: 'is asked before production is deployed, by runs and, unless an input says otherwise, by the pipeline',
  });
  const [milestones, steps] = progressMails;
  const mails = new CfnParameter(scope, 'ProgressMails', {
    type: 'String',
    allowedValues: [...progressMails],
    default: milestones,
    description: `What the progress address is mailed: ${milestones}, or each of a run's ${steps}`,
  });
  const everyStep = new CfnCondition(scope, 'ProgressMailsOfEveryStep', {
    expression: Fn.conditionEquals(mails.valueAsString, steps),
  });
  progress.subscription.filterPolicy = Fn.conditionIf(everyStep.logicalId, Aws.NO_VALUE, { milestone: ['true'] });
  return { progress: progress.topic, approvals: approvals.topic, approverEmail: approvals.email };
}
