import { type Problem, problemsText } from '../../workflow/problems.ts';
import { InputError } from '../errors.ts';

/** What a machine says to an input that it does not accept, with all of its problems. */
export const refused = (problems: readonly Problem[]): InputError =>
  new InputError(`the input was refused; nothing was changed:\n${problemsText(problems)}`);
