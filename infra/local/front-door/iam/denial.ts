import { randomBytes } from 'node:crypto';
import { type Call, ServiceError } from '../call.ts';
import { unknown } from './resources.ts';

export interface Denied {
  /** `arn:aws:sts::…:assumed-role/<role>/<session>` */
  readonly session: string;
  readonly action: string;
  readonly resource: string;
  readonly because: string;
}

export const denialText = ({ session, action, resource, because }: Denied): string =>
  `User: ${session} is not authorized to perform: ${action} on resource: ${resource.replaceAll(unknown, '*')} ${because}`;

/** Services that say AccessDenied, not AccessDeniedException: those with XML. */
const plainNames: Readonly<Record<string, string>> = {
  elasticloadbalancing: 'AccessDenied',
  iam: 'AccessDenied',
  monitoring: 'AccessDenied',
  s3: 'AccessDenied',
  sns: 'AuthorizationError',
  sqs: 'AccessDenied',
};

/** A denial as the call's own service says it. */
export function denial({ service, protocol }: Pick<Call, 'service' | 'protocol'>, denied: Denied): ServiceError {
  const text = denialText(denied);
  if (service === 'ec2') {
    // The encoded part is other text each time, as on AWS, and about as long.
    const encoded = randomBytes(450).toString('base64url');
    return new ServiceError(
      'UnauthorizedOperation',
      `You are not authorized to perform this operation. ${text}. Encoded authorization failure message: ${encoded}`,
      { status: 403 },
    );
  }
  if (service === 'ecr' && protocol === 'rest') return new ServiceError('DENIED', text, { status: 403 });
  const plain = plainNames[service];
  return plain === undefined
    ? // git is told by the status alone.
      new ServiceError('AccessDeniedException', text, { status: protocol === 'rest' ? 403 : 400 })
    : new ServiceError(plain, text, { status: 403 });
}
