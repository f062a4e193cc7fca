import { readFile } from 'node:fs/promises';
import { parseInput } from '../../workflow/input.ts';
import { problemsText } from '../../workflow/problems.ts';
import { CliError } from './cli-error.ts';

const advice = 'npx slipway start --schema prints what it may hold';

/**
 * The execution input that a file holds; `{}` without one. It passes the same check that the first state makes, so that
 * bad input starts nothing.
 * @throws {CliError} when it can't be read, is not JSON or is refused
 */
export async function readInput(file: string | undefined): Promise<string> {
  if (file === undefined) return '{}';
  let text: string;
  let raw: unknown;
  try {
    // Editors on Windows write a byte order mark, which JSON.parse takes for a wrong character.
    text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (error) {
    throw new CliError(`${file} can't be read: ${(error as Error).message}`, 'give --input a JSON file', {
      cause: error,
    });
  }
  try {
    raw = JSON.parse(text);
  } catch (error) {
    throw new CliError(`${file} is not JSON: ${(error as Error).message}`, advice, { cause: error });
  }
  const parsed = parseInput(raw);
  if ('problems' in parsed) throw new CliError(`${file} is refused:\n${problemsText(parsed.problems)}`, advice);
  return text;
}
