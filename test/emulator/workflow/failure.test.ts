import { DescribeServicesCommand, ECSClient } from '@aws-sdk/client-ecs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { setFaults } from '../../support/own-cloud.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';
import type { Ended, Question } from '../../support/provisioner.ts';

const provisioned = useProvisionedCloud();

const well = 'us-east-1';
const failing = 'us-west-2';
const input = {
  deployment: 'uneven',
  regions: [
    { region: well, cidr: '10.30.0.0/16' },
    { region: failing, cidr: '10.31.0.0/16' },
  ],
};
/** What no plan can foresee. */
const cause = 'the key of uneven-app is disabled';

async function services(region: string): Promise<readonly string[]> {
  const { services: seen = [] } = await provisioned()
    .provisioner.client(ECSClient, region)
    .send(new DescribeServicesCommand({ cluster: 'uneven-cluster', services: ['staging', 'production'] }));
  return seen.map(({ serviceName, runningCount }) => `${serviceName} ${runningCount}`);
}

interface Story {
  readonly question: Question;
  readonly failed: Ended;
  readonly servicesAfterFailure: Readonly<Record<string, readonly string[]>>;
  readonly again: Ended;
  readonly questions: number;
}

let story: Story;

beforeAll(async () => {
  const { cloud, provisioner } = provisioned();
  await setFaults(cloud, {
    faults: [
      { do: 'fail', action: 'CreateRepository', region: failing, code: 'KmsException', message: cause, status: 400 },
    ],
  });
  const execution = await provisioner.start(input);
  const question = await provisioner.question(execution);
  await question.answer({ decision: 'approve', by: 'Olu' });
  const failed = await provisioner.end(execution);
  const servicesAfterFailure = { [well]: await services(well), [failing]: await services(failing) };

  await setFaults(cloud, { faults: [] });
  const again = await provisioner.end(await provisioner.start(input));
  const questions = (await provisioner.mails()).filter(({ subject }) =>
    subject.includes('Deploy uneven to production?'),
  );
  story = { question, failed, servicesAfterFailure, again, questions: questions.length };
}, 600_000);

const regionOf = ({ report }: Ended, region: string) => report?.regions.find((each) => each.region === region);

describe('a region that fails', () => {
  test('is named to the approvers of the others, with its cause', () => {
    const { message } = story.question.mail;
    expect(message).toMatch(new RegExp(`^${failing}: FAILED and is left out \\(`, 'm'));
    expect(message).toContain(cause);
    expect(message).toMatch(new RegExp(`^${well}:$`, 'm'));
  });

  test('is told when it fails: region, stage, resource, cause, and how to go on', async () => {
    const mails = await provisioned().provisioner.mails();
    const mail = mails.find(
      ({ subject, message }) =>
        /failed/.test(subject) && subject.includes(failing) && message.includes(story.failed.name),
    );
    expect(mail?.subject).toBe(`[Slipway] uneven: ECR push failed in ${failing}`);
    expect(mail?.message).toMatch(/repository\b.*\bapp\b/);
    expect(mail?.message).toContain(cause);
    expect(mail?.message).toContain('Start again with the same input');
  });

  test('fails the execution in the end', () => {
    expect(story.failed).toMatchObject({ status: 'FAILED', error: 'RegionsFailed' });
    for (const part of [failing, 'ECR push', cause]) expect(story.failed.cause).toContain(part);
    expect(story.failed.cause).not.toContain(`${well}:`);
  });

  test('stands in the report with region, stage, resource and cause', () => {
    expect(story.failed.report?.outcome).toBe('failed');
    const { status, error } = regionOf(story.failed, failing) ?? {};
    expect(status).toBe('failed');
    expect(error?.Error).toBe('ResourceFailedError');
    for (const part of [failing, 'ECR push', 'repository', cause]) expect(error?.Cause).toContain(part);
  });

  test('has neither staging nor production touched', () => {
    expect(story.servicesAfterFailure[failing]).toEqual([]);
    expect(regionOf(story.failed, failing)?.urls).toEqual({});
  });

  test('does not hold up the other, which was promoted', () => {
    expect(story.servicesAfterFailure[well]).toEqual(['staging 2', 'production 2']);
    expect(regionOf(story.failed, well)).toMatchObject({
      status: 'succeeded',
      urls: { staging: expect.stringMatching(/^http/), production: expect.stringMatching(/^http/) },
    });
  });
});

describe('starting again once the obstacle is gone', () => {
  test('completes the rest', () => {
    expect(story.again).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'succeeded' } });
    for (const region of [well, failing])
      expect(Object.keys(regionOf(story.again, region)?.urls ?? {}).sort()).toEqual(['production', 'staging']);
  });

  test('does not ask again for the plan that was approved', () => {
    expect(story.questions).toBe(1);
    expect(story.again.report?.decision).toMatchObject({ decision: 'approved', by: 'Olu' });
  });

  test('keeps what stood: the other region’s resources are the same', () => {
    expect(regionOf(story.again, well)?.outputs.vpc).toEqual(regionOf(story.failed, well)?.outputs.vpc);
    expect(regionOf(story.again, well)?.outputs['load-balancer']).toEqual(
      regionOf(story.failed, well)?.outputs['load-balancer'],
    );
  });

  test('ends with URLs that answer in both regions', async () => {
    for (const region of [well, failing])
      for (const [environment, url] of Object.entries(regionOf(story.again, region)?.urls ?? {}))
        expect(await (await fetch(url)).json()).toMatchObject({ region, environment });
  });
});
