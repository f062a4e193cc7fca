/**
 * What becomes of every member that AWS lets anybody set on a kind. `owned`: the spec sets it, reading back compares it
 * and an update repairs it; the value is the path of its difference. A name alone decides a whole structure, `A.b` a part
 * of it, `Operation.*` everything that an operation sets.
 */
export interface Decisions {
  /** Package of the SDK: `@aws-sdk/client-…`. */
  readonly client: string;
  /** Those that create or change it. */
  readonly operations: readonly string[];
  readonly owned: Readonly<Record<string, string>>;
  /** By whose they are. */
  readonly others?: Readonly<Record<string, readonly string[]>>;
  /** By why there is nothing to decide. */
  readonly notApplicable?: Readonly<Record<string, readonly string[]>>;
}

export const itself = 'says which one is meant';

/** What means the same in every call. */
export const everywhere: Omit<Decisions, 'client' | 'operations'> = {
  owned: { Tags: 'tags', tags: 'tags', TagSpecifications: 'tags' },
  notApplicable: {
    'is about the call and not about what it makes': [
      'DryRun',
      'ClientToken',
      'clientToken',
      'ContentMD5',
      'ChecksumAlgorithm',
      'ExpectedBucketOwner',
      'registryId',
    ],
  },
};
