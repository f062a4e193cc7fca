/**
 * Orders tests by how near they are to the file that `npm run mutants` changed, so that the first to fail, which ends
 * the run, comes early: the file's own test, then its folder's, then the rest; contract tests, the slow ones, last.
 */

interface Test {
  readonly path: string;
}

const changed = process.env.MUTATED_FILE ?? '';
const own = `/test/unit/${changed.replace(/\.ts$/, '.test.ts')}`;
const folder = own.slice(0, own.lastIndexOf('/') + 1);

const distance = ({ path }: Test): number =>
  path.endsWith(own) ? 0 : path.includes(folder) ? 1 : path.includes('/test/unit/') ? 2 : 3;

export default class NearestFirst {
  sort(tests: readonly Test[]): readonly Test[] {
    return tests.toSorted((a, b) => distance(a) - distance(b));
  }

  /** Jest asks for it; nothing is kept between runs. */
  cacheResults(): void {}
}
