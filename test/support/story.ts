import { beforeAll } from '@jest/globals';

/** A part of a story that is carried out once, after all parts before it. */
export interface Step<Result> {
  /** Carries it out, unless that has been done, and returns what came of it. */
  done(): Promise<Result>;
  /** In a `describe`: carries it out before its tests. They get what came of it from the function that is returned. */
  result(): () => Result;
}

/**
 * The steps of a story, in the order of their declaration. Whoever needs one has the story carried out up to there, so the
 * tests of each step may come in any order, and a step that fails takes along those after it and none before.
 * @param within milliseconds for the whole story
 */
export function story(within: number): <Result>(title: string, work: () => Promise<Result>) => Step<Result> {
  let before: () => Promise<unknown> = async () => undefined;
  return (title, work) => {
    const soFar = before;
    let told: ReturnType<typeof work> | undefined;
    const carryOut = async (): ReturnType<typeof work> => {
      await soFar();
      return work().catch((error: unknown) => {
        throw new Error(`the story failed at "${title}": ${String(error)}`, { cause: error });
      });
    };
    const done = (): ReturnType<typeof work> => {
      told ??= carryOut();
      return told;
    };
    before = done;
    return {
      done,
      result() {
        let results: readonly Awaited<ReturnType<typeof work>>[] = [];
        beforeAll(async () => {
          results = [await done()];
        }, within);
        return () => {
          const [result] = results;
          return result as Awaited<ReturnType<typeof work>>;
        };
      },
    };
  };
}
