import { describe, expect, test } from '@jest/globals';
import { promotionQuestion } from '../../../lambdas/approval/mail.ts';
import { alarm } from '../../../lambdas/resources/alarm.ts';
import { allResources } from '../../../lambdas/resources/all.ts';
import { dashboard } from '../../../lambdas/resources/dashboard.ts';
import { listenerRule } from '../../../lambdas/resources/listener-rule.ts';
import { pipeline } from '../../../lambdas/resources/pipeline.ts';
import { service } from '../../../lambdas/resources/service.ts';
import { alarmed, environments, pathOf, settings } from '../../../workflow/environments.ts';
import { alarmKeys } from '../../../workflow/names.ts';
import { urlsOf } from '../../../workflow/report.ts';
import { kinds, stages } from '../../../workflow/stages.ts';
import { regionConfig } from '../../support/region-config.ts';

const config = regionConfig();
const counts = { create: 1, update: 0, replace: 0, delete: 0, unchanged: 0 };

describe.each(environments)('%s', (environment) => {
  test('has an address of its own', () => {
    const outputs = {
      'load-balancer': { main: { id: 'lb', dnsName: 'lb.example' } },
      service: { [environment]: { id: 'arn:service' } },
    };
    expect(urlsOf(config, outputs, false)).toEqual({ [environment]: `http://lb.example${pathOf(environment)}` });
    expect(environments.filter((other) => pathOf(other) === pathOf(environment))).toEqual([environment]);
  });

  test('is reached by the listener itself or by a rule', () => {
    const rules = listenerRule.specs(config).map(({ spec }) => spec);
    const own = rules.filter(({ paths }) => paths[0] === pathOf(environment));
    expect(own.map(({ action }) => action)).toEqual(
      pathOf(environment) === '/' ? [] : [{ type: 'forward', targetGroup: `\${target-group/${environment}.id}` }],
    );
    expect(new Set(rules.map(({ priority }) => priority)).size).toBe(rules.length);
  });

  test('is deployed by a stage, and awaited by one', () => {
    const wanted = service.specs(config).find(({ key }) => key === environment);
    expect(stages.map(({ name }) => name)).toContain(wanted?.stage);
    const awaited = stages.flatMap((stage) =>
      'awaits' in stage ? stage.awaits.map(({ kind, stage: made }) => `${kind} of ${made}`) : [],
    );
    expect(awaited).toContain(`service of ${wanted?.stage}`);
  });

  test('is shown to whoever is asked before production', () => {
    if (environment === 'production') return;
    const outputs = {
      'load-balancer': { main: { id: 'lb', dnsName: 'lb.example' } },
      service: { [environment]: { id: 'arn:service' } },
    };
    const plan = { digest: '', hasChanges: true, production: true, askFirst: false, counts };
    const provisioned = [{ region: config.region, config, outputs }];
    const { summary } = promotionQuestion({ deployment: 'shop', plan, changes: [], provisioned });
    expect(summary).toContain(`${environment} is healthy: http://lb.example${pathOf(environment)}\n`);
  });

  test('is a stage of the pipeline', () => {
    const [wanted] = pipeline.specs(config);
    const deployed = wanted?.spec.stages.flatMap(({ actions }) =>
      actions.map((each) => each.configuration.ServiceName),
    );
    expect(deployed).toContain(environment);
  });

  test('is watched as its settings say', () => {
    const watched = alarm.specs(config).filter(({ spec }) => spec.settings.dimensions.ServiceName === environment);
    expect(watched.length > 0).toBe(alarmed.includes(environment));
    expect(JSON.stringify(dashboard.specs(config))).toContain(`"ServiceName","${environment}"`);
  });

  test('has one of each kind that says whose it is', () => {
    const owned = kinds.filter((kind) => allResources[kind].environmentOf !== undefined);
    const having = owned.filter((kind) => {
      const resource = allResources[kind];
      return resource.specs(config).some(({ key }) => resource.environmentOf?.(key) === environment);
    });
    // The environment on `/` needs no rule.
    expect(having).toEqual(owned.filter((kind) => kind !== 'listener-rule' || pathOf(environment) !== '/'));
  });
});

test('the stages deploy them in the order in which a release reaches them', () => {
  const deploying = environments.map((environment) => settings[environment].deployStage);
  expect(stages.map(({ name }) => name).filter((name) => deploying.some((each) => each === name))).toEqual(deploying);
});

test('production is the last that a release reaches, is served on / and has an alarm of each sort', () => {
  expect(environments.at(-1)).toBe('production');
  expect(pathOf('production')).toBe('/');
  expect(alarm.specs(config).map(({ key }) => key)).toEqual(expect.arrayContaining([...alarmKeys]));
});
