import { describe, expect, test } from '@jest/globals';
import { synthesiseStack, text } from '../support/synthesised-stack.ts';

const { resources } = synthesiseStack();

interface Trust {
  readonly Effect: string;
  readonly Principal?: { readonly Service?: unknown } | string;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const statementsIn = (document: unknown): readonly Trust[] => (document as { Statement: readonly Trust[] }).Statement;
const serviceOf = ({ Principal }: Trust): string =>
  typeof Principal === 'object' ? text(Principal.Service) : String(Principal);
const keysOf = ({ Condition = {} }: Trust): readonly string[] => Object.values(Condition).flatMap(Object.keys);

describe('no service does anything on behalf of another account:', () => {
  test.each(resources('AWS::IAM::Role'))('%s is assumed for this account only', (_, { Properties }) => {
    for (const trust of statementsIn(Properties.AssumeRolePolicyDocument)) {
      const service = serviceOf(trust);
      expect(service).toMatch(/^(lambda|states|events|scheduler)\.amazonaws\.com$/);
      // Lambda assumes the role of a function, whose maker had to be allowed to pass it on.
      if (service === 'lambda.amazonaws.com') continue;
      expect(trust.Condition).toEqual({ StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } });
    }
  });

  test.each(resources('AWS::Lambda::Permission'))('%s names what invokes the function', (_, { Properties }) => {
    expect(text(Properties.Principal)).toMatch(/^(apigateway|events)\.amazonaws\.com$/);
    expect(Properties).toHaveProperty('SourceArn');
  });

  test.each([...resources('AWS::SQS::QueuePolicy'), ...resources('AWS::SNS::TopicPolicy')])(
    '%s lets a service in only for what it names',
    (_, { Properties }) => {
      const allowing = statementsIn(Properties.PolicyDocument).filter(({ Effect }) => Effect === 'Allow');
      expect(allowing.filter((each) => !keysOf(each).some((key) => /^aws:Source(Arn|Account)$/.test(key)))).toEqual([]);
    },
  );

  test.each(resources('AWS::Events::Rule').filter(([, { Properties }]) => Properties.EventPattern !== undefined))(
    '%s hears only of this account',
    (_, { Properties }) => {
      const { account, detail } = Properties.EventPattern as {
        account?: unknown;
        detail?: { stateMachineArn?: unknown };
      };
      // The machines' ARNs hold the account.
      if (detail?.stateMachineArn === undefined) expect(account).toEqual([{ Ref: 'AWS::AccountId' }]);
    },
  );
});
