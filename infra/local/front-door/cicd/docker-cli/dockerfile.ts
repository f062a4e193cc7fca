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

type Variables = Readonly<Record<string, string>>;

/** `$NAME`, `${NAME}`, `${NAME:-default}` or `${NAME:+other}`. */
const variable = String.raw`\$\{\w+(?::[-+][^}$]*)?\}|\$\w+`;
/** What is escaped, quoted, space or a variable; one character of anything else. */
const piece = new RegExp(String.raw`\\([\s\S])|'([^']*)'|"((?:\\[\s\S]|[^"\\])*)"|(\s+)|(${variable})|([\s\S])`, 'g');
const pieceInQuotes = new RegExp(String.raw`\\(["$\\])|(${variable})|\$\{`, 'g');

function filledIn(reference: string, variables: Variables): string {
  const [, name = '', operator, other = ''] = /^\$\{?(\w+)(?::([-+])([^}]*))?/.exec(reference) ?? [];
  const value = variables[name] ?? '';
  if (operator === undefined) return value;
  return (operator === '-') === (value === '') ? other : value;
}

/** Text with its variables filled in and without its quotes; words where `splits`, which a variable's spaces don't part. */
function pieces(text: string, variables: Variables, splits: boolean): string[] {
  const refuse = (what: string): never => {
    throw new Error(`${text}: the stand-in does not know this use of ${what}`);
  };
  const inQuotes = (quoted: string): string =>
    quoted.replace(pieceInQuotes, (whole: string, escaped?: string, reference?: string) =>
      reference === undefined ? (escaped ?? refuse(whole)) : filledIn(reference, variables),
    );
  const found: (string | undefined)[] = [undefined];
  for (const { index, 0: whole, 1: escaped, 2: single, 3: double, 4: space, 5: reference } of text.matchAll(piece)) {
    if (space !== undefined && splits) {
      found.push(undefined);
      continue;
    }
    const unended = whole === '"' || whole === "'" || whole === '\\';
    if (unended || (reference === undefined && text.startsWith('${', index))) refuse(whole);
    const plain = reference === undefined ? whole : filledIn(reference, variables);
    const content = escaped ?? single ?? (double === undefined ? plain : inQuotes(double));
    found.push((found.pop() ?? '') + content);
  }
  return found.filter((word) => word !== undefined);
}

/** Text with its variables filled in and without its quotes. @throws {Error} at what it does not know */
export const expand = (text: string, variables: Variables): string => pieces(text, variables, false).join('');

/** Words as a shell splits them, with their variables filled in. @throws {Error} at what it does not know */
export const words = (text: string, variables: Variables): string[] => pieces(text, variables, true);

/** `KEY=value KEY="other value"` */
export function pairs(instruction: Instruction, variables: Variables): [string, string][] {
  return words(instruction.rest, variables).map((word) => {
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
