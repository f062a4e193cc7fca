/** How a result begins that is no id: AWS refused the create, which made nothing. */
export const refused = 'refused: ';

/** Where a stage writes down its creates in one region before they are made (lambdas/store/journal.ts). */
export interface Journal {
  /** Results of the creates before this stage, by resource; undefined where one was begun and its result never recorded. */
  readonly results: ReadonlyMap<string, string | undefined>;
  /**
   * Writes down, all or none, that creates are about to be made. Returns their client tokens in the same order.
   * @throws {SettlingError} when an earlier create of one may have succeeded without being visible yet
   * @throws {FencedError} when a later run works on the deployment
   */
  begin(resources: readonly string[]): Promise<readonly string[]>;
  /** Notes what a create made, or that AWS refused it. It is written with what is written next. */
  finish(resource: string, result: string): void;
  /**
   * Asked before each update, tagging and delete, as `begin` asks before each create and what completes it at once: a Lambda of
   * an aborted run may still be alive when the next run has read everything. Who asks while another asks gets the same answer.
   * @throws {FencedError} when a later run works on the deployment
   */
  fence(): Promise<void>;
  /** Writes what is noted, whoever works on the deployment by now. At the end of a stage that failed; the others record it. */
  flush(): Promise<void>;
}
