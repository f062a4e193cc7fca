/** Whether a path of the build context is left out. */
export type Ignored = (path: string) => boolean;

/**
 * Reads a .dockerignore: the last line that matches a path counts, `!` takes back. Known are names, with what lies below them,
 * and `*` for everything.
 * @throws {Error} at other patterns
 */
export function ignoring(source: string): Ignored {
  const rules = source
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const name = line.replace(/^!/, '').replace(/^\/|\/$/g, '');
      if (name !== '*' && (/[*?[]/.test(name) || (line.startsWith('!') && name.includes('/'))))
        throw new Error(`.dockerignore: the pattern ${line} is not known to this stand-in`);
      return { name, leavesOut: !line.startsWith('!') };
    });
  return (path) =>
    path !== '' &&
    (rules.findLast(({ name }) => name === '*' || path === name || path.startsWith(`${name}/`))?.leavesOut ?? false);
}
