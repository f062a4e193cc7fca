import { randomUUID } from 'node:crypto';
import { account } from '../../paths.ts';
import { type Handlers, ServiceError, text, texts } from '../call.ts';
import { jsonService, page } from './json-service.ts';
import { tagsOf } from './tags.ts';

interface Repository {
  readonly id: string;
  readonly name: string;
  readonly arn: string;
  readonly created: number;
  description: string | undefined;
  modified: number;
  tags: Record<string, string>;
}

/** Repositories by name. They stay empty: nobody can push to the local cloud. */
export type Repositories = Map<string, Repository>;

interface State {
  readonly region: string;
  readonly repositories: Repositories;
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

const shown = (repository: Repository, region: string): unknown => ({
  accountId: account,
  repositoryId: repository.id,
  repositoryName: repository.name,
  repositoryDescription: repository.description,
  creationDate: repository.created / 1000,
  lastModifiedDate: repository.modified / 1000,
  cloneUrlHttp: `https://git-codecommit.${region}.amazonaws.com/v1/repos/${repository.name}`,
  cloneUrlSsh: `ssh://git-codecommit.${region}.amazonaws.com/v1/repos/${repository.name}`,
  Arn: repository.arn,
});

/** CodeCommit's repositories and their tags; see README.md, "Code services". */
export const codecommit = (): Handlers =>
  jsonService<State>('codecommit', (region) => ({ region, repositories: new Map() }), {
    CreateRepository: (parameters, state) => {
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
      };
      state.repositories.set(name, repository);
      return { repositoryMetadata: shown(repository, state.region) };
    },
    GetRepository: (parameters, state) => ({
      repositoryMetadata: shown(named(state, text(parameters, 'repositoryName')), state.region),
    }),
    BatchGetRepositories: (parameters, state) => {
      const names = texts(parameters, 'repositoryNames');
      const found = names.flatMap((name) => state.repositories.get(name) ?? []);
      return {
        repositories: found.map((repository) => shown(repository, state.region)),
        repositoriesNotFound: names.filter((name) => !state.repositories.has(name)),
      };
    },
    ListRepositories: (parameters, state) => {
      const all = [...state.repositories.values()].map(({ name, id }) => ({ repositoryName: name, repositoryId: id }));
      const { items, nextToken } = page(all, 1000, text(parameters, 'nextToken'));
      return { repositories: items, nextToken };
    },
    DeleteRepository: (parameters, state) => {
      // AWS answers the deletion of an unknown repository with an empty document.
      const found = state.repositories.get(text(parameters, 'repositoryName') ?? '');
      if (found !== undefined) state.repositories.delete(found.name);
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
    GetBranch: (parameters, state) => {
      named(state, text(parameters, 'repositoryName'));
      throw new ServiceError('BranchDoesNotExistException', `Branch ${text(parameters, 'branchName')} does not exist`);
    },
    ListBranches: (parameters, state) => {
      named(state, text(parameters, 'repositoryName'));
      return { branches: [] };
    },
  });
