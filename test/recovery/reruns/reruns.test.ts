import { afterAll, describe, expect, test } from '@jest/globals';
import { nameOf } from '../../support/provisioner.ts';
import { cause, cloud, endCloud, givingUp, recovering, region, requesting, timingOut, waiting } from './steps.ts';

afterAll(endCloud);

describe('an execution that failed', () => {
  const recovery = recovering.result();

  test('is started again by EventBridge, under a name that tells whose repetition it is', () => {
    expect(recovery().first).toMatchObject({ status: 'FAILED', error: 'RegionsFailed' });
    expect(nameOf(recovery().startedByItself)).toMatch(/^rerun-[0-9a-f]{32}$/);
  });

  test('is told: that it failed, and that it is started again', async () => {
    const { message } =
      (await cloud().provisioner.mails()).find(({ message }) => message.includes('started again automatically in')) ??
      {};
    expect(message).toContain('ended as FAILED (RegionsFailed)');
    expect(message).toContain('in 60 s');
  });

  test('gets through once its obstacle is gone', () => {
    expect(recovery().provisioned).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'succeeded' } });
  });
});

describe('an execution that ran into its time limit', () => {
  const timedOut = timingOut.result();

  test('is started again, and what it began is finished', () => {
    expect(timedOut().first.status).toBe('TIMED_OUT');
    expect(timedOut().second).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'succeeded' } });
  });
});

describe('an execution that fails for good', () => {
  const defeat = givingUp.result();
  const executions = waiting.result();

  test('is started again as often as the parameter says', () => {
    expect(defeat().first).toMatchObject({ status: 'FAILED', error: 'RegionsFailed' });
    expect(defeat().reruns.map(({ status }) => status)).toEqual(['FAILED', 'FAILED']);
  });

  test('is not started once more', () => {
    expect(executions().later).toBe(executions().decided);
  });

  test('is told to those whom alarms tell, with its cause', () => {
    const { subject, message, topicArn } = defeat().alarm;
    expect(subject).toBe('[Slipway] again: failed 3 times in a row');
    expect(message).toContain(cause);
    expect(topicArn).toContain(region);
  });
});

describe('what is never started again', () => {
  const recovery = recovering.result();
  const requested = requesting.result();

  test('an input that was refused', () => {
    expect(requested().never.input.ended).toMatchObject({ status: 'FAILED', error: 'InputError' });
    expect(requested().never.input.verdict.again).toBe(false);
  });

  test('an execution that somebody stopped', () => {
    expect(requested().never.aborted.ended.status).toBe('ABORTED');
    expect(requested().never.aborted.verdict.again).toBe(false);
  });

  test('a run that people rejected: it ended well', () => {
    expect(recovery().rejected).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'rejected' } });
  });
});

describe('the event “Provision requested”', () => {
  const events = requesting.result();

  test('starts an execution with its detail as the input', () => {
    expect(events().requested.ended).toMatchObject({
      status: 'SUCCEEDED',
      report: { outcome: 'planned', deployment: 'asked' },
    });
  });

  test('starts one even when it is delivered three times', () => {
    expect(events().requested.named).toHaveLength(1);
  });

  test('is put on a queue when it is malformed, and starts nothing', () => {
    expect(JSON.parse(events().requested.queued)).toMatchObject({
      id: events().requested.refusedId,
      detail: { regions: 'all of them' },
    });
    expect(events().requested.named.map(({ name }) => name)).toEqual([nameOf(events().requested.ended.executionArn)]);
  });

  test('is told when it is malformed, with what is wrong', () => {
    expect(events().requested.told).toContain('$.regions');
  });
});

describe('a reconcile', () => {
  const recovery = recovering.result();
  const requested = requesting.result();

  test('of a deployment that was never provisioned is skipped', () => {
    expect(requested().never.neverProvisioned).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'skipped' } });
    expect(requested().never.neverProvisioned.report?.reason).toContain('never provisioned');
  });

  test('of a deployment that was only asked for, while its first run waits for its approval, is skipped', () => {
    expect(recovery().skipped).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'skipped' } });
    expect(recovery().skipped.report?.reason).toContain('never provisioned or approved');
  });
});
