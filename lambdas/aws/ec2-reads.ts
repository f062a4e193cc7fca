import type { Filter } from '@aws-sdk/client-ec2';
import type { Kind } from '../../workflow/stages.ts';
import type { Cloud } from './cloud.ts';
import { ec2TagFilters } from './ownership.ts';

/** Reads what matches, whatever the pages. */
type Read<Item> = (filters: Filter[] | undefined) => Promise<readonly Item[]>;

/** Everybody's resources of a kind in the region, which a quota counts; a snapshot reads them once. */
export const everybodys = <Item>({ snapshot }: Cloud, kind: Kind, read: Read<Item>): Promise<readonly Item[]> =>
  snapshot === undefined ? read(undefined) : snapshot.once(`every ${kind}`, () => read(undefined));

/** The deployment's and perhaps others': a snapshot may count everybody's too, and one call does for both. */
export const atLeastOurs = <Item>(cloud: Cloud, kind: Kind, read: Read<Item>): Promise<readonly Item[]> =>
  cloud.snapshot === undefined ? read(ec2TagFilters(cloud.scope, kind)) : everybodys(cloud, kind, read);
