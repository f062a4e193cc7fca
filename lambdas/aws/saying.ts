/** How AWS reports a condition: by a code, and by the message only where the code has other meanings too. */
export interface Saying {
  /** As the SDK names the error, with and without the `Exception` that it adds to some. */
  readonly code: string;
  /** The stable part of the message. */
  readonly message?: RegExp;
  /** A whole message, as AWS wrote it; the test holds the pattern against it. */
  readonly sample: string;
  /** What was made moments before, and the call that is too early. */
  readonly when: string;
  /** Where the wording comes from. */
  readonly source: string;
}

/** An IAM role that somebody else's run, or AWS itself, made first. */
export const roleTaken: Saying = {
  code: 'InvalidInputException',
  message: /has been taken in this account/,
  sample: 'Service role name AWSServiceRoleForECS has been taken in this account, please try a different suffix.',
  when: 'CreateServiceLinkedRole by two regions',
  source: 'IAM API, seen by terraform-provider-aws (aws_iam_service_linked_role)',
};

/** ECS has no code of its own for a family without active revisions. */
export const noRevision: Saying = {
  code: 'ClientException',
  message: /Unable to describe task definition/,
  sample: 'Unable to describe task definition.',
  when: 'DescribeTaskDefinition of a family that has none',
  source: 'ECS API, seen by terraform-provider-aws (aws_ecs_task_definition)',
};

const bare = (code: string): string => code.replace(/Exception$/, '');

/** Whether an error says that. */
export const says = (error: unknown, { code, message }: Saying): boolean =>
  error instanceof Error && bare(error.name) === bare(code) && (message === undefined || message.test(error.message));
