import { cloudIn } from './clients.ts';
import type { Cloud, Look, Scope } from './cloud.ts';
import { readTagIndex } from './tagged.ts';

/** The clouds of one look at all regions, by somebody who writes nothing. */
export function lookAround(): (scope: Scope) => Cloud {
  const inAccount = remembering();
  return (scope) => {
    const cloud = cloudIn(scope);
    const once = remembering();
    const look: Look = {
      once,
      // Regions fail apart: where the one that asked first got no answer, each asks for itself.
      onceInAccount: (what, read) => inAccount(what, read).catch(() => once(what, read)),
      tagIndex: () => once('tags', () => readTagIndex(cloud)),
    };
    return { ...cloud, look };
  };
}

function remembering(): Look['once'] {
  const answers = new Map<string, Promise<unknown>>();
  return <Answer>(what: string, read: () => Promise<Answer>): Promise<Answer> => {
    const known = answers.get(what);
    if (known !== undefined) return known as Promise<Answer>;
    const answer = read();
    answers.set(what, answer);
    return answer;
  };
}
