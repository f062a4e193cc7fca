import { cloudIn } from './clients.ts';
import type { Cloud, Scope, Snapshot } from './cloud.ts';
import { readTagIndex } from './tagged.ts';

/** The clouds of one bulk read of all regions; nothing may be written through them. */
export function snapshots(): (scope: Scope) => Cloud {
  const inAccount = remembering();
  return (scope) => {
    const cloud = cloudIn(scope);
    const once = remembering();
    const snapshot: Snapshot = {
      once,
      // Regions fail independently: where the first to ask got no answer, each of the others asks for itself.
      onceInAccount: (what, read) => inAccount(what, read).catch(() => once(what, read)),
      tagIndex: () => once('tags', () => readTagIndex(cloud)),
    };
    return { ...cloud, snapshot };
  };
}

function remembering(): Snapshot['once'] {
  const answers = new Map<string, Promise<unknown>>();
  return <Answer>(what: string, read: () => Promise<Answer>): Promise<Answer> => {
    const known = answers.get(what);
    if (known !== undefined) return known as Promise<Answer>;
    const answer = read();
    answers.set(what, answer);
    return answer;
  };
}
