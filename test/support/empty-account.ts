import { refusal } from './answering-cloud.ts';

/** What answers an operation of the SDK, in a region. */
export type Answers = Readonly<Record<string, (input: Readonly<Record<string, unknown>>, region: string) => object>>;

const notThere =
  (name: string, message = name) =>
  () => {
    throw refusal(name, message);
  };

/** How an account answers in which nothing stands, where that is an error. */
export const emptyAccount: Answers = {
  DescribeTaskDefinition: notThere('ClientException', 'Unable to describe task definition.'),
  GetDashboard: notThere('ResourceNotFound'),
  GetBucketTagging: notThere('NoSuchBucket'),
};
