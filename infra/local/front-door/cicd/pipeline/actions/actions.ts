import type { Clock } from '../../../clock.ts';
import { RoleCaller } from '../../role-caller.ts';
import { type ActionContext, ActionFailure, type ActionResult, type RunAction } from '../pipeline-runs.ts';
import { approve } from './approval.ts';
import { build } from './build.ts';
import { deployToEcs } from './ecs.ts';
import { readSource } from './source.ts';
import type { ActionTools, Approvals } from './tools.ts';

type RunType = (context: ActionContext, tools: ActionTools) => Promise<ActionResult>;

/** The action types that run here, by category and provider; CodePipeline knows more. */
const types: Readonly<Record<string, RunType>> = {
  'Source/CodeCommit': readSource,
  'Build/CodeBuild': build,
  'Deploy/ECS': deployToEcs,
  'Approval/Manual': approve,
};

export const actionRunner =
  (port: number, clock: Clock, approvals: Approvals): RunAction =>
  async (context) => {
    const { category, provider } = context.record.action.type;
    const run = types[`${category}/${provider}`];
    if (run === undefined)
      throw new ActionFailure(
        'ConfigurationError',
        provider === 'CodeStarSourceConnection'
          ? 'the local cloud reaches no GitHub, GitLab or Bitbucket: a source by CodeConnections runs on AWS only'
          : `the local cloud has no ${provider} action of category ${category}`,
      );
    return run(context, { caller: new RoleCaller(port, context.structure.roleArn), clock, approvals });
  };
