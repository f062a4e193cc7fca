import { type Parameters, structures, text } from '../../call.ts';

const actionsOf = (stage: Parameters): Parameters[] => structures(stage, 'actions');
const categoryOf = (action: Parameters): string | undefined =>
  text((action.actionTypeId ?? {}) as Parameters, 'category');

/** What CreatePipeline and UpdatePipeline refuse (CodePipeline user guide, "Pipeline structure reference"). */
export function structureProblem(structure: Parameters): string | undefined {
  const name = text(structure, 'name') ?? '';
  if (!/^[A-Za-z0-9.@\-_]{1,100}$/.test(name)) return `the pipeline name '${name}' is invalid`;
  if (text(structure, 'roleArn') === undefined) return 'the pipeline needs a role';
  const stages = structures(structure, 'stages');
  if (stages.length < 2) return 'Pipeline should have at least 2 stages';
  const names = stages.map((stage) => text(stage, 'name') ?? '');
  if (new Set(names).size < names.length) return 'stage names have to be unique';
  if (structure.artifactStore === undefined && structure.artifactStores === undefined)
    return 'the pipeline needs an artifact store';
  const made = new Set<string>();
  for (const [index, stage] of stages.entries()) {
    const actions = actionsOf(stage);
    if (actions.length === 0) return `stage ${names[index]} has no actions`;
    for (const action of actions) {
      const source = categoryOf(action) === 'Source';
      if (source !== (index === 0)) {
        return source
          ? 'Source actions can only occur in the first stage'
          : 'the first stage may only contain Source actions';
      }
      for (const input of structures(action, 'inputArtifacts')) {
        const artifact = text(input, 'name') ?? '';
        if (!made.has(artifact))
          return `the input artifact '${artifact}' of ${text(action, 'name')} is not made by an earlier action`;
      }
    }
    for (const action of actions)
      for (const output of structures(action, 'outputArtifacts')) made.add(text(output, 'name') ?? '');
  }
  return undefined;
}
