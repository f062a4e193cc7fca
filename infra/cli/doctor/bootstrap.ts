import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { type Check, fine, problem, type Region } from './check.ts';

/** The bootstrap stack's version that CDK's default synthesizer needs (aws-cdk-lib, MIN_BOOTSTRAP_STACK_VERSION). */
export const oldestBootstrap = 6;

/** Version of CDK's bootstrap stack, where CDK itself reads it; undefined where there is none. */
export async function bootstrapVersion({ client }: Region): Promise<number | undefined> {
  try {
    const { Parameter } = await client(SSMClient).send(
      new GetParameterCommand({ Name: '/cdk-bootstrap/hnb659fds/version' }),
    );
    return Number(Parameter?.Value);
  } catch (error) {
    if (error instanceof Error && error.name === 'ParameterNotFound') return undefined;
    throw error;
  }
}

export const bootstrap: Check = {
  name: 'CDK bootstrap',
  stopsDeploy: true,
  run: async ({ home }) => {
    const version = await bootstrapVersion(home);
    const advice = 'npx slipway deploy --bootstrap';
    if (version === undefined) return problem(`${home.scope.region} is not bootstrapped`, advice);
    return version < oldestBootstrap
      ? problem(`the bootstrap stack has version ${version}, and CDK needs ${oldestBootstrap}`, advice)
      : fine(`version ${version}`);
  },
};
