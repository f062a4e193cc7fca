/**
 * Writes workflow/PERMISSIONS.md anew, and test/support/used-permissions.json, which it is held against: what the roles of the
 * provisioner and of a platform use in a life on a local cloud of its own, about three minutes.
 */
import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { CodeCommitClient, CreateCommitCommand, GetBranchCommand } from '@aws-sdk/client-codecommit';
import { CodePipelineClient, ListPipelineExecutionsCommand } from '@aws-sdk/client-codepipeline';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { ListExecutionsCommand } from '@aws-sdk/client-sfn';
import { answerPipeline, findPipeline, waitingApproval } from '../infra/cli/pipeline.ts';
import keepAssembly from './support/assembly.ts';
import { authorizations } from './support/grants.ts';
import { answered, deployedCloud, machineArn, type OwnCloud, run, setFaults } from './support/own-cloud.ts';
import { grantedIn, permissionsPage, permissionsPath, reasonOf, usedIn, usedPath } from './support/permissions-page.ts';
import { platformInput } from './support/platform-input.ts';
import { synthesiseStack } from './support/synthesised-stack.ts';
import { waitFor } from './support/wait-for.ts';
import { alterEverything, changedInput, destroyInput } from './support/whole-life.ts';

const failing = { deployment: 'failing', regions: [{ region: 'eu-west-1', cidr: '10.50.0.0/16' }] };

const say = (line: string): void => {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
};

async function succeed(own: OwnCloud, what: string, machine: 'provision' | 'destroy', input: object): Promise<void> {
  say(what);
  const { status, error, cause, report } = await run(own.provisioner, machine, input);
  if (status !== 'SUCCEEDED') throw new Error(`${what} ended as ${status}: ${error}: ${cause}`);
  say(`  ${report?.outcome}`);
}

/** A commit's way to production. */
async function push({ provisioner }: OwnCloud): Promise<void> {
  say('push');
  const repository = { repositoryName: 'platform-app', branchName: 'main' };
  const codecommit = provisioner.client(CodeCommitClient);
  const { branch } = await codecommit.send(new GetBranchCommand(repository));
  const { commitId } = await codecommit.send(
    new CreateCommitCommand({
      ...repository,
      parentCommitId: branch?.commitId,
      putFiles: [
        { filePath: 'app/src/greeting.ts', fileContent: Buffer.from("export const greeting = 'Hello again';\n") },
      ],
    }),
  );
  const pipeline = await findPipeline(provisioner.target, 'platform');
  const found = { ...pipeline, codepipeline: provisioner.client(CodePipelineClient) };
  await waitFor(
    'the pipeline to bring the commit to production',
    async () => {
      const { pipelineExecutionSummaries = [] } = await found.codepipeline.send(
        new ListPipelineExecutionsCommand({ pipelineName: found.name }),
      );
      const execution = pipelineExecutionSummaries.find(({ sourceRevisions }) =>
        sourceRevisions?.some(({ revisionId }) => revisionId === commitId),
      );
      if (execution?.status === 'Succeeded') return true;
      if (execution?.status === 'Failed') throw new Error(`the pipeline failed at ${commitId}`);
      const question = await waitingApproval(found);
      if (question !== undefined && question.pipelineExecutionId === execution?.pipelineExecutionId)
        await answerPipeline(found, question, 'approve', 'npm run permissions');
      return false;
    },
    { within: 300_000, every: 500 },
  );
}

/** What EventBridge starts: a run by an event, one that is refused, and the regular reconcile. */
async function startByEvents({ provisioner, cloud }: OwnCloud): Promise<void> {
  say('start by events');
  const Entries = [{ ...failing, mode: 'plan' }, { nonsense: true }].map((detail) => ({
    Source: 'slipway',
    DetailType: 'Provision requested',
    Detail: JSON.stringify(detail),
  }));
  await provisioner.client(EventBridgeClient).send(new PutEventsCommand({ Entries }));
  const scope = 'Credential=test/20260101/us-east-1/lambda/aws4_request';
  const reply = await fetch(`${cloud.endpoint}/2015-03-31/functions/slipway-reconcile-due/invocations`, {
    method: 'POST',
    headers: { authorization: `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, Signature=0` },
    body: JSON.stringify({ id: 'by-hand' }),
  });
  if (!reply.ok) throw new Error(await reply.text());
  await sleep(5_000);
  const stateMachineArn = await machineArn(provisioner, 'provision');
  const { executions = [] } = await provisioner.stepFunctions.send(
    new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
  );
  for (const { executionArn = '' } of executions) await answered(provisioner, executionArn);
}

await keepAssembly();
const own = await deployedCloud('permissions', { MaxReruns: '1' });
try {
  await succeed(own, 'provision', 'provision', platformInput);
  say('alter by hand');
  await alterEverything(own.provisioner);
  await succeed(own, 'reconcile', 'provision', { mode: 'reconcile' });
  await succeed(own, 'change', 'provision', changedInput);
  await succeed(own, 'change back', 'provision', platformInput);
  await push(own);
  say('fail');
  await setFaults(own.cloud, {
    faults: [
      {
        do: 'fail',
        service: 'ec2',
        action: 'CreateVpc',
        region: 'eu-west-1',
        nth: [1],
        code: 'VpcLimitExceeded',
        status: 400,
      },
    ],
  });
  const failed = await run(own.provisioner, 'provision', failing);
  if (failed.status !== 'FAILED') throw new Error(`it was to fail and ended as ${failed.status}`);
  await setFaults(own.cloud, { faults: [] });
  await startByEvents(own);
  await succeed(own, 'destroy', 'destroy', destroyInput);
  const record = await authorizations(own.provisioner);
  const stack = synthesiseStack();
  const { used, denied } = usedIn(stack, record, ['platform', failing.deployment]);
  const granted = grantedIn(stack);
  await writeFile(usedPath, `${JSON.stringify(used, null, 2)}\n`);
  await writeFile(permissionsPath, permissionsPage(granted, used));
  for (const line of denied) say(`denied: ${line}`);
  for (const [role, actions] of Object.entries(granted))
    for (const action of actions)
      if (!used[role]?.includes(action) && reasonOf(role, action) === undefined) say(`not used: ${role} ${action}`);
} finally {
  await own.end();
}
