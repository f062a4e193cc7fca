import { afterAll, describe, expect, test } from '@jest/globals';
import type { Moved } from './moves.ts';
import {
  alarming,
  deployment,
  endCloud,
  ending,
  moving,
  rejection,
  releasing,
  repairing,
  repairingWhatServes,
  repeating,
  replacing,
  resizing,
  resuming,
  shrinking,
} from './steps.ts';

afterAll(endCloud);

const wellApproved = { status: 'SUCCEEDED', report: { outcome: 'succeeded', decision: { decision: 'approved' } } };

describe('what an older configuration left behind', () => {
  const rejected = rejection.result();
  const smaller = shrinking.result();
  const again = repeating.result();

  test('is shown as deleted, by name, before anything is changed', () => {
    for (const line of [
      'delete elastic-ip/c',
      'delete nat-gateway/c',
      'delete subnet/private-c',
      'delete subnet/public-c',
    ])
      expect(smaller().message).toContain(`  ${line}\n`);
    expect(smaller().subject).toBe(`[Slipway] Change ${deployment} in production?`);
    expect(smaller().before).toEqual([]);
  });

  test('goes once people have approved', () => {
    expect(smaller().ended).toMatchObject(wellApproved);
    expect(smaller().ended.report?.plan?.counts.delete).toBeGreaterThanOrEqual(6);
    const left = smaller().after.filter((line) =>
      /-(public|private)-c\b|elastic-ip \S+-c |nat-gateway \S+-c |listener \S+ 443/.test(line),
    );
    expect(left).toEqual([]);
    expect(smaller().after.filter((line) => line.includes(' nat-gateway '))).toHaveLength(2);
    expect(smaller().after.filter((line) => line.includes(' elastic-ip '))).toHaveLength(2);
  });

  test('goes without an interruption of production', () => {
    expect(smaller().requests).toBeGreaterThan(20);
    expect(smaller().interruptions).toEqual([]);
  });

  test('is gone for good: the next start finds nothing to do', () => {
    expect(again()).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'unchanged' } });
  });

  test('stays where people say no, with everything else', () => {
    expect(rejected().message).toContain('  delete listener/https\n');
    expect(rejected().ended).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'rejected' } });
    expect(rejected().untouched).toBe(true);
  });
});

describe('what AWS can’t change in place', () => {
  const replaced = replacing.result();

  test('is shown as replaced, with what differs', () => {
    expect(replaced().message).toContain('  replace flow-log/main\n    traffic: "REJECT" -> "ALL"\n');
    expect(replaced().before).toEqual([]);
  });

  test('is made anew once people have approved', () => {
    expect(replaced().ended).toMatchObject(wellApproved);
    expect(replaced().traffic).toEqual(['ALL']);
  });
});

describe('another port and another health path', () => {
  const there = moving.result();
  const back = resuming.result();

  test('are shown with the stage that makes them', () => {
    for (const line of [
      /^ {2}update security-group\/task$/m,
      /^ {4}ingress\[tcp 8080 sg-\w+\]: .* -> nothing \(left to Finish production\)$/m,
      /^ {4}ingress\[tcp 9090 sg-\w+\]: nothing -> \{.*\}$/m,
      /^ {4}healthCheck.path: "\/health" -> "\/" \(left to Deploy production\)$/m,
      /^ {4}containerPort: 8080 -> 9090$/m,
    ])
      expect(there().asked.message).toMatch(line);
  });

  const order = [
    'AuthorizeSecurityGroupIngress by lambda:slipway-alb',
    'UpdateService by lambda:slipway-deploy-production',
    'RevokeSecurityGroupIngress by lambda:slipway-finish-production',
  ];

  test.each<[string, () => Moved, number, string]>([
    ['reach production without an interruption: the old port is closed last', there, 9090, '/'],
    ['reach it too where the run is stopped on the way and started again', back, 8080, '/health'],
  ])('%s', (_, of, port, healthPath) => {
    const { asked, ...run } = of();
    expect(asked.ended).toMatchObject(wellApproved);
    expect(run).toMatchObject({
      order,
      interruptions: [],
      ports: [port],
      targets: Array.from({ length: 4 }, () => `${port} healthy`),
      healthPaths: [healthPath, healthPath],
    });
  });

  test('were under way when the run was stopped', () => {
    expect(back().stopped).toBe('ABORTED');
  });
});

describe('a change of what production hangs on', () => {
  const threshold = alarming.result();

  test('is asked about before anything is changed', () => {
    expect(threshold().subject).toBe(`[Slipway] Change ${deployment} in production?`);
    expect(threshold().message).toMatch(/^ {2}update alarm\/cpu\n(?: {4}.*\n)* {4}threshold: 80 -> 60$/m);
    expect(threshold().before).toEqual([]);
  });

  test('is made once it is approved', () => {
    expect(threshold().ended).toMatchObject(wellApproved);
    expect(threshold().standing).toBe(60);
  });
});

describe('a new revision of the tasks', () => {
  const resized = resizing.result();

  test('is tried in staging before anybody is asked', () => {
    expect(resized().subject).toBe(`[Slipway] Deploy ${deployment} to production?`);
    expect(resized().before.some((call) => call.startsWith('ecs:UpdateService'))).toBe(true);
  });

  test('is deployed to production once it is approved', () => {
    expect(resized().ended).toMatchObject(wellApproved);
    expect(resized().cpu).toBe('512');
  });
});

describe('what the pipeline has released', () => {
  const released = releasing.result();
  const resized = resizing.result();
  const images = ending.result();

  test('is left alone by a reconcile', () => {
    expect(released().reconciled.report?.outcome).toMatch(/unchanged|succeeded/);
    expect(released().reconciled.report?.plan?.counts.update).toBe(0);
  });

  test('goes out with every changed setting, and is what outputs show', () => {
    expect(released().image).toMatch(/^\S+\/changing-app@sha256:[0-9a-f]{64}$/);
    expect(images()).toEqual([released().image, released().image]);
    const shown = resized().ended.report?.regions[0]?.outputs['task-definition'];
    expect([shown?.production?.image, shown?.staging?.image]).toEqual([released().image, released().image]);
    expect(resized().message).toContain(`  image ${released().image.split('@')[1]}\n`);
  });
});

describe('a reconcile that may make safe repairs', () => {
  const repaired = repairing.result();
  const notSafe = repairingWhatServes.result();

  test('puts a route right without asking', () => {
    expect(repaired()).toMatchObject({ status: 'SUCCEEDED', report: { outcome: 'succeeded' } });
    expect(repaired().report?.decision).toBeUndefined();
  });

  test('asks before it touches what serves', () => {
    expect(notSafe().message).toContain('  update listener/http\n');
    expect(notSafe().before).toEqual([]);
    expect(notSafe().ended).toMatchObject(wellApproved);
  });
});
