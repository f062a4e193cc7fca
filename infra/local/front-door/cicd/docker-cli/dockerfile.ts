/** One instruction: its keyword, its `--flag=value`s and what follows. */
export interface Instruction {
  readonly line: number;
  readonly keyword: Keyword;
  readonly flags: Readonly<Record<string, string>>;
  readonly rest: string;
}

/** What the stand-in honours; any other instruction is refused. */
const keywords = [
  'FROM',
  'ARG',
  'ENV',
  'LABEL',
  'WORKDIR',
  'COPY',
  'RUN',
  'USER',
  'EXPOSE',
  'ENTRYPOINT',
  'CMD',
] as const;
type Keyword = (typeof keywords)[number];

const flagsOf: Partial<Record<Keyword, readonly string[]>> = { FROM: ['platform'], COPY: ['from', 'chown', 'chmod'] };

export class DockerfileError extends Error {
  constructor(line: number, message: string) {
    super(`dockerfile parse error on line ${line}: ${message}`);
    this.name = 'DockerfileError';
  }
}

/** @throws {DockerfileError} at what it does not know */
export function parseDockerfile(source: string): Instruction[] {
  return logicalLines(source).map(({ line, content }) => {
    const [, word = '', after = ''] = /^(\S+)\s*([\s\S]*)$/.exec(content) ?? [];
    const keyword = word.toUpperCase() as Keyword;
    if (!keywords.includes(keyword)) throw new DockerfileError(line, `unknown instruction: ${word}`);
    const flags: Record<string, string> = {};
    let rest = after;
    for (;;) {
      const [whole, flag = '', value = ''] = /^--([a-z-]+)(?:=(\S*))?\s+/.exec(rest) ?? [];
      if (whole === undefined) break;
      if (flagsOf[keyword]?.includes(flag) !== true) throw new DockerfileError(line, `unknown flag: --${flag}`);
      flags[flag] = value;
      rest = rest.slice(whole.length);
    }
    if (rest.startsWith('<<') || /\s<<-?["']?\w/.test(rest))
      throw new DockerfileError(line, 'here-documents are not known to this stand-in');
    return { line, keyword, flags, rest: rest.trim() };
  });
}

/** Lines without comments and blank ones; a backslash at the end of a line joins the next. */
function logicalLines(source: string): { line: number; content: string }[] {
  const found: { line: number; content: string }[] = [];
  let open: { line: number; content: string } | undefined;
  for (const [index, line] of source.split('\n').entries()) {
    if (/^\s*(#.*)?$/.test(line)) continue;
    const continues = /\\\s*$/.test(line);
    const piece = continues ? line.replace(/\\\s*$/, '') : line;
    open = open === undefined ? { line: index + 1, content: piece } : { ...open, content: open.content + piece };
    if (continues) continue;
    found.push({ ...open, content: open.content.trim() });
    open = undefined;
  }
  if (open !== undefined) found.push({ ...open, content: open.content.trim() });
  return found;
}

/** `$NAME`, `${NAME}`, `${NAME:-default}` and `${NAME:+other}` filled in; single quotes keep them from it. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(
    /\\(.)|'([^']*)'|\$\{(\w+)(?::([-+])([^}]*))?\}|\$(\w+)/g,
    (whole, escaped, quoted, braced: string | undefined, operator, other: string, bare: string | undefined) => {
      if (escaped !== undefined) return escaped === '$' ? '$' : whole;
      if (quoted !== undefined) return whole;
      const value = variables[braced ?? bare ?? ''] ?? '';
      if (operator === '-') return value === '' ? other : value;
      if (operator === '+') return value === '' ? '' : other;
      return value;
    },
  );
}

/** Words as a shell splits them: quotes group, and are left out. */
export function words(text: string): string[] {
  return (text.match(/(?:[^\s"']+|"(?:\\.|[^"\\])*"|'[^']*')+/g) ?? []).map((word) =>
    word.replace(/"((?:\\.|[^"\\])*)"|'([^']*)'/g, (_whole, double: string | undefined, single: string | undefined) =>
      double === undefined ? (single ?? '') : double.replace(/\\(.)/g, '$1'),
    ),
  );
}

/** `KEY=value KEY="other value"` */
export function pairs(instruction: Instruction, variables: Readonly<Record<string, string>>): [string, string][] {
  return words(expand(instruction.rest, variables)).map((word) => {
    const at = word.indexOf('=');
    if (at < 1) throw new DockerfileError(instruction.line, `${instruction.keyword} wants KEY=value, not ${word}`);
    return [word.slice(0, at), word.slice(at + 1)];
  });
}

/** A command as a list: given as one (JSON), or for the shell. */
export function commandOf({ rest }: Instruction): string[] {
  return list(rest) ?? ['/bin/sh', '-c', rest];
}

/** A JSON list of strings, if it is one. */
export function list(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.every((item) => typeof item === 'string') ? parsed : undefined;
  } catch {
    return undefined;
  }
}
