/** How a result begins that is no id: AWS refused the create, which made nothing. */
export const refused = 'refused: ';

/** Where creates are written down before they are made (lambdas/store/journal.ts). */
export interface Journal {
  /**
   * Writes down that a create is about to be made, and gives it its client token.
   * @throws {SettlingError} when an earlier create of the resource may have succeeded without being visible yet
   * @throws {FencedError} when a later run works on the deployment
   */
  begin(resource: string): Promise<string>;
  /** Records what the create made, or that AWS refused it. */
  finish(resource: string, result: string): Promise<void>;
  /** Results of the region's creates by resource; undefined where one was begun and its result never recorded. */
  results(): Promise<ReadonlyMap<string, string | undefined>>;
}
