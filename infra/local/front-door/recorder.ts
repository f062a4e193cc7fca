import { openSync, writeSync } from 'node:fs';

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

/**
 * Appends documents to a file, a line each. The file starts empty: a new local cloud is empty too. A line is written
 * before a call is answered, so that whoever got the answer finds the call in the record.
 */
export class JsonLines<Line> {
  readonly #file: number;
  constructor(path: string) {
    this.#file = openSync(path, 'w');
  }
  append(line: Line): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`);
  }
}
