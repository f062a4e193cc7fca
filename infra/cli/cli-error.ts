/** A mistake or a state that the user can do something about: printed without a stack, with what to do next. */
export class CliError extends Error {
  readonly advice: string | undefined;

  constructor(message: string, advice?: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.advice = advice;
  }
}
