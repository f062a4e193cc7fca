import { CloudWatchLogsClient, paginateGetLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import {
  BatchGetBuildsCommand,
  type Build,
  CodeBuildClient,
  paginateListBuildsForProject,
} from '@aws-sdk/client-codebuild';
import { buildProjectName, mirrorProjectName } from '../../../workflow/names.ts';
import { type Denial, denialsIn } from '../../support/grants.ts';
import { platformRegions } from '../../support/platform-input.ts';
import type { Provisioner } from '../../support/provisioner.ts';
import { PushedSource } from '../../support/pushed-source.ts';
import { waitFor } from '../../support/wait-for.ts';

/** How a run ended: an execution, or a push on its way to production. */
export interface Ending {
  readonly status: string;
  readonly error?: string | undefined;
  readonly cause?: string | undefined;
  /** What people read of in it. */
  readonly denials: readonly Denial[];
}

const place = { deployment: 'platform' };
/** Real minutes of an `npm ci`, on a machine that has other things to do. */
const limit = { within: 600_000 };

/** Pushes commits and follows each to production and to the replicas: the pipeline, its build, and the mirror's. */
export class Releases {
  readonly #provisioner: Provisioner;
  readonly #source: PushedSource;
  #count = 0;

  private constructor(provisioner: Provisioner, source: PushedSource) {
    this.#provisioner = provisioner;
    this.#source = source;
  }

  static of = async (provisioner: Provisioner): Promise<Releases> =>
    new Releases(provisioner, await PushedSource.clone(provisioner, place.deployment));

  end = (): Promise<void> => this.#source.remove();

  /** What it ended with is said by the pipeline's actions and by the builds' phases and logs. */
  async release(): Promise<Ending> {
    const source = this.#source;
    const [built, mirrored] = await Promise.all([
      this.#ids(buildProjectName(place)),
      this.#ids(mirrorProjectName(place)),
    ]);
    this.#count += 1;
    const commit = await source.push(`greet anew (${this.#count})`, {
      'app/src/greeting.ts': `export const greeting = 'Hello number ${this.#count}';\n`,
    });
    const approve = await source.question(commit).catch(() => undefined);
    await approve?.();
    const released = await source.end(commit);
    const builds = [
      ...(await this.#ended(buildProjectName(place), built, 0)),
      ...(await this.#ended(mirrorProjectName(place), mirrored, 1)),
    ];
    const failed = builds.filter(({ buildStatus }) => buildStatus !== 'SUCCEEDED');
    const said = [await source.failures(commit), ...(await Promise.all(failed.map((build) => this.#saidBy(build))))];
    const cause = said.filter((text) => text !== '').join('\n');
    return {
      status: released === 'Succeeded' && failed.length === 0 ? 'SUCCEEDED' : 'FAILED',
      error: released === 'Succeeded' ? 'a build failed' : `the pipeline's execution: ${released}`,
      cause,
      denials: [...denialsIn({ cause }), ...failed.flatMap((build) => gitDenials(build, cause))],
    };
  }

  get #codebuild(): CodeBuildClient {
    return this.#provisioner.client(CodeBuildClient);
  }

  async #ids(projectName: string): Promise<readonly string[]> {
    const all: string[] = [];
    for await (const { ids = [] } of paginateListBuildsForProject({ client: this.#codebuild }, { projectName }))
      all.push(...ids);
    return all;
  }

  /** Builds that have begun since, at least so many, once all have ended. */
  async #ended(projectName: string, before: readonly string[], atLeast: number): Promise<readonly Build[]> {
    return waitFor(
      `the end of builds of ${projectName}`,
      async () => {
        const ids = (await this.#ids(projectName)).filter((id) => !before.includes(id));
        if (ids.length < atLeast) return false;
        if (ids.length === 0) return [];
        const { builds = [] } = await this.#codebuild.send(new BatchGetBuildsCommand({ ids }));
        return builds.every(({ buildComplete }) => buildComplete) && builds;
      },
      limit,
    );
  }

  /** What its phases and its log say. */
  async #saidBy({ phases = [], logs: { groupName, streamName } = {} }: Build): Promise<string> {
    const said = phases.flatMap(({ contexts = [] }) => contexts.flatMap(({ message }) => message ?? []));
    const client = this.#provisioner.client(CloudWatchLogsClient);
    const request = { logGroupName: groupName, logStreamName: streamName, startFromHead: true };
    try {
      for await (const { events = [] } of paginateGetLogEvents({ client, stopOnSameToken: true }, request))
        said.push(...events.flatMap(({ message }) => message ?? []));
    } catch (error) {
      // A build that may not make its log stream has none.
      if (!(error instanceof Error && error.name === 'ResourceNotFoundException')) throw error;
    }
    return said.join('\n');
  }
}

/** Git knows of a refusal nothing but "403": it is a pull in the primary region, and a push in a replica's. */
function gitDenials({ serviceRole = '' }: Build, log: string): readonly Denial[] {
  const refused = /git-codecommit\.([\w-]+)\/\S+: The requested URL returned error: 403/g;
  return [...log.matchAll(refused)].map(([, region]) => ({
    role: serviceRole.slice(serviceRole.lastIndexOf('/') + 1),
    action: region === platformRegions[0] ? 'codecommit:GitPull' : 'codecommit:GitPush',
  }));
}
