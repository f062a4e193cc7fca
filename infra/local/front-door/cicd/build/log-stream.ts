import {
  type CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';

const flushMilliseconds = 500;
/** PutLogEvents takes 10,000 events and about 1 MB; a build of ours writes a few hundred short lines at a time. */
const eventsLimit = 1_000;

/** Lines on their way into a log stream of CloudWatch. */
export class LogStream {
  readonly #client: CloudWatchLogsClient;
  readonly #names: { readonly logGroupName: string; readonly logStreamName: string };
  readonly #failed: (error: unknown) => void;
  #rest = '';
  #events: { timestamp: number; message: string }[] = [];
  #sending: Promise<void>;
  readonly #timer: NodeJS.Timeout;
  /** Rejects where the stream can't be made. */
  readonly made: Promise<unknown>;

  constructor(client: CloudWatchLogsClient, group: string, stream: string, failed: (error: unknown) => void) {
    this.#client = client;
    this.#names = { logGroupName: group, logStreamName: stream };
    this.#failed = failed;
    this.made = this.#client.send(new CreateLogStreamCommand(this.#names));
    this.#sending = this.made.then(() => {}, failed);
    this.#timer = setInterval(() => this.#flush(), flushMilliseconds);
  }

  write(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    const timestamp = Date.now();
    // An event may not be empty.
    for (const line of lines) this.#events.push({ timestamp, message: line === '' ? ' ' : line });
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#rest !== '') this.write('\n');
    this.#flush();
    await this.#sending;
  }

  #flush(): void {
    while (this.#events.length > 0) {
      const logEvents = this.#events.splice(0, eventsLimit);
      this.#sending = this.#sending.then(async () => {
        await this.#client.send(new PutLogEventsCommand({ ...this.#names, logEvents })).catch(this.#failed);
      });
    }
  }
}
