import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Mail } from '@slipway/local-cloud';
import type { ProgressEvent } from '../../../workflow/events.ts';
import { stages } from '../../../workflow/stages.ts';
import { platformRegions } from '../../support/platform-input.ts';
import { useProvisionedCloud } from '../../support/provisioned-cloud.ts';

const provisioned = useProvisionedCloud();

/** The first run's mails, with the event that each carries for machines. */
let told: readonly (Mail & { readonly event: ProgressEvent })[];

beforeAll(async () => {
  const { provisioner, first } = provisioned();
  told = (await provisioner.mails()).flatMap((mail) => {
    const attribute = stringOf(mail.attributes.event);
    if (attribute === undefined) return [];
    const event = JSON.parse(attribute) as ProgressEvent;
    return event.execution === first.name ? [{ ...mail, event }] : [];
  });
});

const stringOf = (attribute: unknown): string | undefined =>
  (attribute as { readonly StringValue?: string } | undefined)?.StringValue;

const of = (region: string | undefined, stage: string, status: string) =>
  told.filter(({ event }) => event.region === region && event.stage === stage && event.status === status);

describe('progress by mail', () => {
  test.each(platformRegions.flatMap((region) => stages.map(({ name, title }) => [region, name, title] as const)))(
    'in %s, %s is told when it starts, once, and when it finishes, with how long it took',
    (region, name, title) => {
      const finished = of(region, name, 'finished');
      expect(of(region, name, 'started')).toHaveLength(1);
      expect(finished).toHaveLength(1);
      expect(finished[0]).toMatchObject({
        to: 'progress@example.com',
        subject: `[Slipway] platform: ${title} finished in ${region}`,
        message: expect.stringMatching(/ after \d+\.\d s\./),
      });
    },
  );

  // Whether anything is waited for depends on how fast this machine is; test/recovery/crash/failed-states.test.ts waits.
  test.each(platformRegions)('in %s, what is waited for is told', (region) => {
    const waits = told.filter(({ event }) => event.region === region && event.status === 'waiting');
    for (const { message, event } of waits) {
      expect(event.pending?.length).toBeGreaterThan(0);
      expect(message).toMatch(/waiting for [a-z-]+\/[a-z-]+: /);
    }
  });

  test('the plan, the question, the decision and the end are told', () => {
    expect(of(undefined, 'plan', 'finished')[0]?.message).toMatch(/\d+ create/);
    expect(of(undefined, 'approve-production', 'waiting')).toHaveLength(1);
    expect(of(undefined, 'approve-production', 'finished')[0]?.message).toContain('approved by the tests');
    expect(of(undefined, 'summarise', 'finished')[0]?.message).toContain('succeeded');
  });

  test('whoever wants milestones only is told these eight', () => {
    const milestones = told.filter(({ attributes }) => stringOf(attributes.milestone) === 'true');
    expect(milestones.map(({ subject }) => subject.replace(/ in us-.*/, ''))).toEqual([
      '[Slipway] platform: Plan finished',
      ...Array(2).fill('[Slipway] platform: Await healthy staging finished'),
      '[Slipway] platform: Approve production waiting',
      '[Slipway] platform: Approve production finished',
      ...Array(2).fill('[Slipway] platform: Await healthy production finished'),
      '[Slipway] platform: Summarise finished',
    ]);
  });

  test('the last mail has all four URLs', () => {
    const { first } = provisioned();
    const [summary] = of(undefined, 'summarise', 'finished');
    const urls = first.report.regions.flatMap((each) => Object.values(each.urls));
    expect(urls).toHaveLength(4);
    for (const url of urls) expect(summary?.message).toContain(url);
  });

  test('every mail of the local cloud has a subject that SNS takes: under 100 characters, one line of ASCII', async () => {
    for (const { subject } of await provisioned().provisioner.mails()) {
      expect(subject.length).toBeLessThan(100);
      expect(subject).toMatch(/^[ -~]+$/);
    }
  });

  test('every mail names deployment and execution and links to the console', () => {
    for (const { message } of told) {
      expect(message).toContain('Deployment: platform');
      expect(message).toContain(provisioned().first.name);
      expect(message).toMatch(/https:\/\/us-east-1\.console\.aws\.amazon\.com\/states\//);
    }
  });

  test('filter policies can choose by deployment, region, stage and status', () => {
    for (const { attributes, event } of told)
      expect(attributes).toMatchObject({
        deployment: { StringValue: 'platform' },
        stage: { StringValue: event.stage },
        status: { StringValue: event.status },
        ...(event.region === undefined ? {} : { region: { StringValue: event.region } }),
      });
  });

  test('the approvers are not told of progress', async () => {
    const mails = await provisioned().provisioner.mails();
    for (const { subject } of mails.filter(({ to }) => to === 'approver@example.com'))
      expect(subject).toMatch(/^\[Slipway\] (Change|Deploy|Destroy) .*\?$/);
  });
});
