import type { JsonLines } from './recorder.ts';
import type { Route } from './server.ts';

/** One line of mail.jsonl. */
export interface Mail {
  readonly time: string;
  readonly region: string;
  readonly topicArn: string;
  readonly to: string;
  readonly subject: string;
  readonly message: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** `POST /_slipway/mail`: ministack's SNS hands over what AWS would send by e-mail (ministack/patches/sns.py). */
export function mailRoute(mails: JsonLines<Mail>): Route {
  return async (request, response, url) => {
    if (url.pathname !== '/_slipway/mail' || request.method !== 'POST') return false;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const mail = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Omit<Mail, 'time'>;
    mails.append({ time: new Date().toISOString(), ...mail });
    response.writeHead(204).end();
    return true;
  };
}
