import type { DestroyRun, Removal, Standing } from '../../workflow/documents.ts';
import { type Kind, kinds } from '../../workflow/stages.ts';
import { allResources } from '../resources/all.ts';

/** The kinds that stay: what is the account's, and what people put things into unless the input says to empty it. */
export const keptKinds = (empty: DestroyRun['empty']): readonly Kind[] =>
  kinds.filter((kind) => {
    const { shared, holds } = allResources[kind];
    return shared === true || (holds !== undefined && !empty[holds]);
  });

/** What stays although it is the deployment's own: people put things there. */
export const kept = (standing: readonly Standing[], { keep }: Pick<Removal, 'keep'>): readonly Standing[] =>
  standing.filter(({ kind }) => keep.includes(kind) && allResources[kind].shared !== true);
