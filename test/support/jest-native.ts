/**
 * What jest-light-runner, which runs tests in plain Node, leaves out of jest: imports of `@jest/globals`, time limits,
 * `test.todo`, and the random order. It reads the tests as jest-circus collects them.
 */
import { createHash } from 'node:crypto';
import { registerHooks } from 'node:module';
import { addEventHandler } from 'jest-circus';

/**
 * Milliseconds for a test or hook that sets no limit. It ends what hangs and judges nothing: on a machine that was busy
 * with other work, a test that takes 1 s of git's processes took more than 30 s.
 */
const defaultLimit = 120_000;

const seed = process.env.TEST_SEED ?? '';

const globals = ['afterAll', 'afterEach', 'beforeAll', 'beforeEach', 'describe', 'expect', 'jest', 'test'];
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === '@jest/globals'
      ? { url: 'jest:globals', format: 'module', shortCircuit: true }
      : next(specifier, context),
  load: (url, context, next) =>
    url === 'jest:globals'
      ? {
          format: 'module',
          source: globals.map((name) => `export const { ${name} } = globalThis;`).join('\n'),
          shortCircuit: true,
        }
      : next(url, context),
});

const limited =
  (what: string, work: () => unknown, limit = defaultLimit): (() => Promise<undefined>) =>
  async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(new Error(`${what} took longer than ${limit} ms`)), limit);
    try {
      await Promise.race([promise, work()]);
      return undefined;
    } finally {
      clearTimeout(timer);
    }
  };

/** Moves the last one to a place that only the seed and the titles decide, so that an order can be repeated. */
function shuffleIn<Entry extends { readonly name: string }>(entries: Entry[]): void {
  const last = entries.pop();
  if (last === undefined) return;
  const place = createHash('sha256').update(`${seed}:${entries.length}:${last.name}`).digest().readUInt32BE();
  entries.splice(place % (entries.length + 1), 0, last);
}

addEventHandler((event, { currentDescribeBlock: block }) => {
  if (event.name === 'add_hook') {
    const hook = block.hooks.at(-1);
    if (hook !== undefined)
      hook.fn = limited(`${event.hookType} of "${block.name}"`, hook.fn as () => unknown, event.timeout);
  }
  if (event.name === 'add_test') {
    const added = block.children.at(-1);
    if (added?.type !== 'test') return;
    if (added.mode === 'todo') added.mode = 'skip';
    else added.fn = limited(`"${added.name}"`, added.fn as () => unknown, event.timeout);
    shuffleIn(block.children);
  }
  if (event.name === 'start_describe_definition' && block.parent !== undefined) shuffleIn(block.parent.children);
});
