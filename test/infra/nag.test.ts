import { describe, expect, test } from '@jest/globals';
import { Stack, Validations } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { AwsSolutionsChecks } from 'cdk-nag';
import { acknowledgeFindings } from '../../infra/acknowledgements.ts';
import { synthesiseStack } from '../support/synthesised-stack.ts';

const { stack } = synthesiseStack();

/** What cdk-nag finds and nobody has acknowledged, a line each. */
const findings = (scope: Stack): readonly string[] =>
  new AwsSolutionsChecks()
    .validateScope(scope)
    .violations.map(
      ({ ruleName, violatingResources }) =>
        `${ruleName}: ${violatingResources.map(({ constructPath }) => constructPath).join(', ')}`,
    );

describe("cdk-nag's rules AwsSolutions", () => {
  test('find nothing in the stack that is not acknowledged', () => {
    expect(findings(stack)).toEqual([]);
  });

  test('are acknowledged with a reason each', () => {
    const reasons = stack.node
      .findAll()
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY)
      .flatMap(({ data }) => Object.values(data as Record<string, string>));
    expect(reasons.length).toBeGreaterThan(0);
    expect(reasons.filter((reason) => reason.length < 30)).toEqual([]);
  });

  test('still find a wildcard in an action, and in a resource that nobody has thought of', () => {
    const other = new Stack(stack.node.root, 'Other');
    new ManagedPolicy(other, 'Policy', {
      statements: [new PolicyStatement({ actions: ['s3:*'], resources: ['arn:aws:s3:::some-bucket/*'] })],
    });
    acknowledgeFindings(other);
    expect(findings(other)).toEqual([
      'AwsSolutions-IAM5[Action::s3:*]: Other/Policy/Resource',
      'AwsSolutions-IAM5[Resource::arn:aws:s3:::some-bucket/*]: Other/Policy/Resource',
    ]);
  });
});
