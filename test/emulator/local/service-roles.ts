import { DescribeTasksCommand, ECSClient, RegisterTaskDefinitionCommand, RunTaskCommand } from '@aws-sdk/client-ecs';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import type { LocalCloud } from '@slipway/local-cloud';
import { allowing, taskDefinition } from './service-documents.ts';
import { clientOptions, waitFor } from './test-cloud.ts';

/** Roles of a cloud, and what becomes of a task that has one. */
export function servicesOf(cloud: () => LocalCloud) {
  const client = <Client>(service: new (options: ReturnType<typeof clientOptions>) => Client): Client =>
    new service(clientOptions(cloud()));

  async function role(name: string, service: string, actions: readonly string[]): Promise<string> {
    const iam = client(IAMClient);
    const AssumeRolePolicyDocument = allowing(['sts:AssumeRole'], { Service: `${service}.amazonaws.com` });
    const { Role } = await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
    await allow(name, actions);
    return Role?.Arn ?? '';
  }

  const allow = (RoleName: string, actions: readonly string[]): Promise<unknown> =>
    client(IAMClient).send(
      new PutRolePolicyCommand({ RoleName, PolicyName: 'all', PolicyDocument: allowing(actions) }),
    );

  async function stoppedReason(name: string, executionRoleArn: string, secretsOf?: readonly string[]): Promise<string> {
    const ecs = client(ECSClient);
    await ecs.send(new RegisterTaskDefinitionCommand(taskDefinition(name, executionRoleArn, secretsOf)));
    const { tasks = [] } = await ecs.send(
      new RunTaskCommand({ cluster: 'roles', taskDefinition: name, launchType: 'FARGATE' }),
    );
    const stopped = await waitFor(
      async () =>
        (await ecs.send(new DescribeTasksCommand({ cluster: 'roles', tasks: [tasks[0]?.taskArn ?? ''] }))).tasks?.[0],
      (task) => task?.lastStatus === 'STOPPED',
    );
    return stopped?.stoppedReason ?? '';
  }

  return { client, role, allow, stoppedReason };
}
