import { CfnCondition, CfnParameter, Fn, Stack } from 'aws-cdk-lib';
import { CfnSubscription, Topic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import { prefix } from '../workflow/machines.ts';

/** A topic of the provisioner with one e-mail subscription by stack parameter; people add others in the SNS console. */
function topicWithMail(scope: Construct, id: string, name: string, parameter: string, what: string): Topic {
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
  return topic;
}

/** Progress and approvals are apart, so that approvers are not buried. */
export const addTopics = (scope: Construct): { readonly progress: Topic; readonly approvals: Topic } => ({
  progress: topicWithMail(scope, 'Progress', 'progress', 'ProgressEmail', 'is told how runs go'),
  approvals: topicWithMail(scope, 'Approvals', 'approvals', 'ApproverEmail', 'is asked before production is deployed'),
});
