import { type Parameters, ServiceError, structures, text, texts } from '../call.ts';
import type { Commit, FileToPut, GitRepository } from '../cicd/git/repository.ts';

/** Per file and for all files of a commit (CodeCommit user guide, "Quotas"; base64 on the wire comes on top). */
const fileLimit = 6 * 1024 * 1024;
const commitLimit = 20 * 1024 * 1024;
const entriesLimit = 100;
/** Bytes of a commit message that the API makes (CodeCommit user guide, "Quotas"). */
const messageLimit = 20 * 1024;

const modes = { NORMAL: '100644', EXECUTABLE: '100755', SYMLINK: '120000' } as const;

/** A commit as GetCommit shows it. */
const shown = ({ id, tree, parents, message, author, committer }: Commit): unknown => ({
  commitId: id,
  treeId: tree,
  parents,
  message,
  author,
  committer,
  additionalData: '',
});

export async function getBranch(git: GitRepository, parameters: Parameters): Promise<unknown> {
  const branchName = text(parameters, 'branchName') ?? '';
  const commitId = await git.branch(branchName);
  if (commitId === undefined)
    throw new ServiceError('BranchDoesNotExistException', `Branch ${branchName} does not exist`);
  return { branch: { branchName, commitId } };
}

export async function listBranches(git: GitRepository): Promise<unknown> {
  const heads = 'refs/heads/';
  const references = [...(await git.references()).keys()];
  return {
    branches: references.filter((name) => name.startsWith(heads)).map((name) => name.slice(heads.length)),
  };
}

export async function getCommit(git: GitRepository, parameters: Parameters): Promise<unknown> {
  const id = text(parameters, 'commitId') ?? '';
  const commit = await git.commit(id);
  if (commit === undefined) throw new ServiceError('CommitIdDoesNotExistException', `Commit ${id} does not exist`);
  return { commit: shown(commit) };
}

export async function batchGetCommits(git: GitRepository, parameters: Parameters): Promise<unknown> {
  const seen = await Promise.all(
    texts(parameters, 'commitIds').map(async (id) => ({ id, commit: await git.commit(id) })),
  );
  return {
    commits: seen.flatMap(({ commit }) => (commit === undefined ? [] : [shown(commit)])),
    errors: seen.flatMap(({ id, commit }) =>
      commit === undefined ? [{ commitId: id, errorCode: 'CommitIdDoesNotExistException' }] : [],
    ),
  };
}

/** CreateCommit; the caller reports what moved. */
export async function createCommit(git: GitRepository, parameters: Parameters): Promise<unknown> {
  const branch = text(parameters, 'branchName');
  if (branch === undefined) throw new ServiceError('BranchNameRequiredException', 'A branch name is required');
  const parent = text(parameters, 'parentCommitId');
  await assertParent(git, branch, parent);
  const files = structures(parameters, 'putFiles').map(fileToPut);
  const deleted = structures(parameters, 'deleteFiles').map((entry) => text(entry, 'filePath') ?? '');
  const message = text(parameters, 'commitMessage') ?? '';
  assertSizes(files, deleted, message);
  const before = new Set(parent === undefined ? [] : await git.files(parent));
  const made = await git.addCommit(branch, parent, files, deleted, {
    author: { name: text(parameters, 'authorName') ?? 'root', email: text(parameters, 'email') ?? '' },
    message,
  });
  if (made === undefined)
    throw new ServiceError('NoChangeException', 'The specified file contents match those of the branch already');
  const metadata = ({ path, mode }: FileToPut) => ({
    absolutePath: path,
    fileMode: Object.entries(modes).find(([, bits]) => bits === mode)?.[0],
  });
  return {
    commitId: made.commit,
    treeId: made.tree,
    filesAdded: files.filter(({ path }) => !before.has(path)).map(metadata),
    filesUpdated: files.filter(({ path }) => before.has(path)).map(metadata),
    filesDeleted: deleted.map((path) => ({ absolutePath: path })),
  };
}

async function assertParent(git: GitRepository, branch: string, parent: string | undefined): Promise<void> {
  const tip = await git.branch(branch);
  if (parent === undefined && tip !== undefined)
    throw new ServiceError(
      'ParentCommitIdRequiredException',
      `Branch ${branch} has commits: the id of its newest one is required as parent`,
    );
  if (parent !== undefined && parent !== tip)
    throw new ServiceError(
      'ParentCommitIdOutdatedException',
      `The tip of branch ${branch} is ${tip ?? 'absent'}, not ${parent}`,
    );
}

function fileToPut(entry: Parameters): FileToPut {
  const path = text(entry, 'filePath') ?? '';
  if (path === '') throw new ServiceError('PathRequiredException', 'A file needs a path');
  if (path.startsWith('/') || path.split('/').some((part) => ['', '.', '..', '.git'].includes(part)))
    throw new ServiceError('InvalidPathException', `${path} is no valid path`);
  const content = text(entry, 'fileContent');
  if (content === undefined)
    throw new ServiceError('FileContentRequiredException', `The content of ${path} is required`);
  const mode = text(entry, 'fileMode') ?? 'NORMAL';
  if (!(mode in modes)) throw new ServiceError('InvalidFileModeException', `${mode} is no valid file mode`);
  return { path, mode: modes[mode as keyof typeof modes], content: Buffer.from(content, 'base64') };
}

function assertSizes(files: readonly FileToPut[], deleted: readonly string[], message: string): void {
  const entries = files.length + deleted.length;
  if (entries === 0)
    throw new ServiceError('FileEntryRequiredException', 'The commit has to put or delete at least one file');
  if (entries > entriesLimit)
    throw new ServiceError('MaximumFileEntriesExceededException', `A commit may name ${entriesLimit} files at most`);
  const paths = new Set([...files.map(({ path }) => path), ...deleted]);
  if (paths.size < entries) throw new ServiceError('SamePathRequestException', 'A path may be named once only');
  const large = files.find(({ content }) => content.length > fileLimit);
  if (large !== undefined)
    throw new ServiceError('FileContentSizeLimitExceededException', `${large.path} is larger than 6 MB`);
  if (files.reduce((sum, { content }) => sum + content.length, 0) > commitLimit)
    throw new ServiceError('FileContentSizeLimitExceededException', 'The files together are larger than 20 MB');
  if (Buffer.byteLength(message) > messageLimit)
    throw new ServiceError('CommitMessageLengthExceededException', 'The commit message is longer than 20 KB');
}
