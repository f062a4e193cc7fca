import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { account } from '../../paths.ts';
import { type Handlers, type Parameters, ServiceError, text, texts } from '../call.ts';
import type { Publish } from '../cicd/events.ts';
import { GitRepository, type ReferenceChange } from '../cicd/git/repository.ts';
import { cloneUrl, serveGit } from '../cicd/git/smart-http.ts';
import { remembered } from '../memo.ts';
import { batchGetCommits, createCommit, getBranch, getCommit, listBranches } from './codecommit-commits.ts';
import { jsonService, page } from './json-service.ts';
import { tagsOf } from './tags.ts';

interface Repository {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  readonly git: GitRepository;
  description: string | undefined;
  modified: number;
  tags: Record<string, string>;
}

interface State {
  readonly region: string;
  readonly repositories: Map<string, Repository>;
}

interface Surroundings {
  /** Where the repositories' contents are kept. */
  readonly directory: string;
  /** The front door's, which serves git. */
  readonly port: number;
  readonly publish: Publish;
}

function named(state: State, name: string | undefined): Repository {
  if (name === undefined) throw new ServiceError('RepositoryNameRequiredException', 'A repository name is required');
  const found = state.repositories.get(name);
  if (found === undefined) throw new ServiceError('RepositoryDoesNotExistException', `${name} does not exist`);
  return found;
}

function withArn(state: State, arn: string | undefined): Repository {
  const found = [...state.repositories.values()].find((repository) => repository.arn === arn);
  if (found === undefined) throw new ServiceError('RepositoryDoesNotExistException', `${arn} does not exist`);
  return found;
}

/** "CodeCommit Repository State Change" of a branch or a tag (CodeCommit user guide, "Monitoring CodeCommit events"). */
function stateChange({ id, name }: Repository, { reference, before, after }: ReferenceChange, caller: string): object {
  const [, kind, referenceName = ''] = /^refs\/(heads|tags)\/(.+)$/.exec(reference) ?? [];
  return {
    event: before === undefined ? 'referenceCreated' : after === undefined ? 'referenceDeleted' : 'referenceUpdated',
    repositoryName: name,
    repositoryId: id,
    referenceType: kind === 'tags' ? 'tag' : 'branch',
    referenceName,
    referenceFullName: reference,
    ...(after === undefined ? {} : { commitId: after }),
    ...(before === undefined ? {} : { oldCommitId: before }),
    callerUserArn: caller,
  };
}

const callerArn = (principal: string): string => {
  const [kind, name] = principal.split(':');
  return name === undefined
    ? `arn:aws:iam::${account}:root`
    : `arn:aws:sts::${account}:assumed-role/${name}/${kind === 'lambda' ? name : 'session'}`;
};

/** CodeCommit: repositories, their tags, commits and git itself; see README.md, "Code services". */
export function codecommit({ directory, port, publish }: Surroundings): Handlers {
  const states = new Map<string, State>();
  const stateOf = (region: string): State =>
    remembered(states, region, () => ({ region, repositories: new Map<string, Repository>() }));

  const shown = (repository: Repository, region: string, defaultBranch: string | undefined): unknown => ({
    accountId: account,
    repositoryId: repository.id,
    repositoryName: repository.name,
    repositoryDescription: repository.description,
    defaultBranch,
    creationDate: repository.created / 1000,
    lastModifiedDate: repository.modified / 1000,
    cloneUrlHttp: cloneUrl(port, region, repository.name),
    cloneUrlSsh: `ssh://git-codecommit.${region}.amazonaws.com/v1/repos/${repository.name}`,
    Arn: repository.arn,
  });

  const publishChanges = async (
    region: string,
    repository: Repository,
    changes: readonly ReferenceChange[],
    principal: string,
  ): Promise<void> => {
    if (changes.length > 0) repository.modified = Date.now();
    for (const change of changes)
      await publish(region, {
        source: 'aws.codecommit',
        type: 'CodeCommit Repository State Change',
        resources: [repository.arn],
        detail: stateChange(repository, change, callerArn(principal)),
      });
  };

  const gitOf = (state: State, parameters: Parameters): GitRepository =>
    named(state, text(parameters, 'repositoryName')).git;

  const git: Handlers[string] = (call) => {
    const state = stateOf(call.region);
    return serveGit(
      call,
      (name) => named(state, name).git,
      (name, changes) => publishChanges(call.region, named(state, name), changes, call.principal),
    );
  };

  const operations = jsonService<State>('codecommit', stateOf, {
    CreateRepository: async (parameters, state) => {
      const name = text(parameters, 'repositoryName') ?? '';
      if (!/^[\w.-]{1,100}$/.test(name) || name.endsWith('.git')) {
        throw new ServiceError('InvalidRepositoryNameException', `${name} is no valid repository name`);
      }
      if (state.repositories.has(name)) {
        throw new ServiceError('RepositoryNameExistsException', `Repository named ${name} already exists`);
      }
      const repository: Repository = {
        id: randomUUID(),
        name,
        arn: `arn:aws:codecommit:${state.region}:${account}:${name}`,
        created: Date.now(),
        modified: Date.now(),
        description: text(parameters, 'repositoryDescription'),
        tags: tagsOf(parameters.tags),
        git: new GitRepository(join(directory, state.region, `${name}.git`)),
      };
      // Before it is made on disk: the name is taken from now on.
      state.repositories.set(name, repository);
      await repository.git.create();
      return { repositoryMetadata: shown(repository, state.region, undefined) };
    },
    GetRepository: async (parameters, state) => {
      const repository = named(state, text(parameters, 'repositoryName'));
      return { repositoryMetadata: shown(repository, state.region, await repository.git.defaultBranch()) };
    },
    BatchGetRepositories: async (parameters, state) => {
      const names = texts(parameters, 'repositoryNames');
      const found = names.flatMap((name) => state.repositories.get(name) ?? []);
      return {
        repositories: await Promise.all(
          found.map(async (repository) => shown(repository, state.region, await repository.git.defaultBranch())),
        ),
        repositoriesNotFound: names.filter((name) => !state.repositories.has(name)),
      };
    },
    ListRepositories: (parameters, state) => {
      const all = [...state.repositories.values()].map(({ name, id }) => ({ repositoryName: name, repositoryId: id }));
      const { items, nextToken } = page(all, 1000, text(parameters, 'nextToken'));
      return { repositories: items, nextToken };
    },
    DeleteRepository: async (parameters, state) => {
      // AWS answers the deletion of an unknown repository with an empty document.
      const found = state.repositories.get(text(parameters, 'repositoryName') ?? '');
      if (found !== undefined) {
        state.repositories.delete(found.name);
        await found.git.remove();
      }
      return { repositoryId: found?.id };
    },
    UpdateRepositoryDescription: (parameters, state) => {
      const repository = named(state, text(parameters, 'repositoryName'));
      repository.description = text(parameters, 'repositoryDescription');
      repository.modified = Date.now();
      return {};
    },
    TagResource: (parameters, state) => {
      Object.assign(withArn(state, text(parameters, 'resourceArn')).tags, tagsOf(parameters.tags));
      return {};
    },
    UntagResource: (parameters, state) => {
      const { tags } = withArn(state, text(parameters, 'resourceArn'));
      for (const key of texts(parameters, 'tagKeys')) delete tags[key];
      return {};
    },
    ListTagsForResource: (parameters, state) => ({ tags: withArn(state, text(parameters, 'resourceArn')).tags }),
    GetBranch: (parameters, state) => getBranch(gitOf(state, parameters), parameters),
    ListBranches: (parameters, state) => listBranches(gitOf(state, parameters)),
    GetCommit: (parameters, state) => getCommit(gitOf(state, parameters), parameters),
    BatchGetCommits: (parameters, state) => batchGetCommits(gitOf(state, parameters), parameters),
    CreateCommit: async (parameters, state, { principal }) => {
      const repository = named(state, text(parameters, 'repositoryName'));
      let made: unknown;
      const changes = await repository.git.changing(async () => {
        made = await createCommit(repository.git, parameters);
      });
      await publishChanges(state.region, repository, changes, principal);
      return made;
    },
    // No public operation: what a source action of CodePipeline calls by the pipeline's role.
    UploadArchive: async (parameters, state) => ({
      archive: (await gitOf(state, parameters).archive(text(parameters, 'commitId') ?? '')).toString('base64'),
    }),
  });
  return { ...operations, 'codecommit:GitPull': git, 'codecommit:GitPush': git };
}
