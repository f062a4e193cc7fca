import { readFile } from 'node:fs/promises';
import type { Mail } from './front-door/mail.ts';
import type { RecordedCall } from './front-door/recorder.ts';
import { pathsOf } from './paths.ts';

/** A file of JSON lines; nothing where it does not exist. A line that is being written is not one yet. */
async function linesOf(file: string): Promise<readonly string[]> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  return text.split('\n').slice(0, -1);
}

/** Every e-mail that the local cloud has delivered, oldest first. */
export const readMail = async (directory: string): Promise<readonly Mail[]> =>
  (await linesOf(pathsOf(directory).mail)).map((line) => JSON.parse(line) as Mail);

/** Every call that the front door has answered, oldest first. */
export const readCalls = async (directory: string): Promise<readonly RecordedCall[]> =>
  (await linesOf(pathsOf(directory).calls)).map((line) => JSON.parse(line) as RecordedCall);

/** The mails for a terminal. */
export async function mailLines(directory: string, json: boolean): Promise<readonly string[]> {
  const mails = await readMail(directory);
  if (json) return [JSON.stringify(mails, null, 2)];
  return mails.flatMap(({ time, to, subject, message }) => [
    `${time}  to ${to}: ${subject}`,
    ...message.split('\n').map((line) => `  | ${line}`),
    '',
  ]);
}

/** The calls for a terminal. */
export async function callLines(directory: string, json: boolean): Promise<readonly string[]> {
  const calls = await readCalls(directory);
  if (json) return [JSON.stringify(calls, null, 2)];
  return calls.map(
    ({ time, region, principal, service, action, status, durationMs }) =>
      `${time} ${status} ${region.padEnd(10)} ${service}:${action} (${durationMs} ms) ${principal}`,
  );
}
