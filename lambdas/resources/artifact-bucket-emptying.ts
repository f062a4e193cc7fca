import {
  DeleteObjectsCommand,
  type DeleteObjectsCommandInput,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandInput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { errorInBody } from '../aws/aws-errors.ts';
import { pagesOf } from '../aws/pages.ts';

/** With what somebody who keeps versions has kept: S3 deletes no bucket that holds any. */
export async function emptyBucket(
  s3: S3Client,
  bucket: { readonly Bucket: string; readonly ExpectedBucketOwner: string },
): Promise<void> {
  const pages = pagesOf(
    (from?: Pick<ListObjectVersionsCommandInput, 'KeyMarker' | 'VersionIdMarker'>) =>
      s3.send(new ListObjectVersionsCommand({ ...bucket, ...from })),
    ({ IsTruncated, NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker }) =>
      IsTruncated === true ? { KeyMarker, VersionIdMarker } : undefined,
  );
  for await (const { Versions = [], DeleteMarkers = [] } of pages) {
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length > 0) await deleteObjects(s3, { ...bucket, Delete: { Objects, Quiet: true } });
  }
}

/** The call answers 200 with what it did not delete, and why, in the body. */
async function deleteObjects(s3: S3Client, request: DeleteObjectsCommandInput): Promise<void> {
  const { Errors: [kept] = [] } = await s3.send(new DeleteObjectsCommand(request));
  if (kept !== undefined)
    throw errorInBody(kept.Code, `${kept.Key} in ${request.Bucket}: ${kept.Message ?? 'S3 gives no reason'}`);
}
