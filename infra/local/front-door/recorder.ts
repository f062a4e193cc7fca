import { createWriteStream, type WriteStream } from 'node:fs';

/** One line of calls.jsonl. */
export interface RecordedCall {
  /** ISO 8601, when the call arrived. */
  readonly time: string;
  readonly service: string;
  readonly action: string;
  readonly region: string;
  readonly principal: string;
  readonly status: number;
  readonly durationMs: number;
  readonly mutating: boolean;
  /** The error's code, where the reply is an error. */
  readonly error?: string;
}

/** Appends documents to a file, a line each. The file starts empty: a new local cloud is empty too. */
export class JsonLines<Line> {
  readonly #file: WriteStream;
  constructor(path: string) {
    this.#file = createWriteStream(path, { flags: 'w' });
  }
  append(line: Line): void {
    this.#file.write(`${JSON.stringify(line)}\n`);
  }
  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(() => resolve()));
  }
}
