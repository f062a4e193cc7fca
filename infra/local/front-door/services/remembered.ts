import {
  type Call,
  type Handlers,
  type Interceptor,
  jsonOf,
  type Parameters,
  structures,
  text,
  withBody,
} from '../call.ts';

/** A member that AWS keeps and ministack drops. */
interface Member {
  readonly service: string;
  /** Operations that set it, and where in their input the resource's name stands. */
  readonly setBy: Readonly<Record<string, string>>;
  readonly name: string;
  /** Where the operations that set it show the resource, if they do. */
  readonly answer: string;
  /** Operation that shows it: its list, and the resource's name in an entry. */
  readonly shownBy: { readonly action: string; readonly list: string; readonly name: string };
  /** What AWS shows where nothing was set. */
  readonly unset?: unknown;
}

const members: readonly Member[] = [
  {
    service: 'ecr',
    setBy: { CreateRepository: 'repositoryName', PutImageTagMutability: 'repositoryName' },
    name: 'imageTagMutabilityExclusionFilters',
    answer: 'repository',
    shownBy: { action: 'DescribeRepositories', list: 'repositories', name: 'repositoryName' },
  },
  ...[['logsConfig'], ['cache', { type: 'NO_CACHE' }], ['queuedTimeoutInMinutes', 480]].map(([name, unset]) => ({
    service: 'codebuild',
    setBy: { CreateProject: 'name', UpdateProject: 'name' },
    name: String(name),
    answer: 'project',
    shownBy: { action: 'BatchGetProjects', list: 'projects', name: 'name' },
    unset,
  })),
  {
    service: 'ecs',
    setBy: { CreateService: 'serviceName', UpdateService: 'service' },
    name: 'availabilityZoneRebalancing',
    answer: 'service',
    shownBy: { action: 'DescribeServices', list: 'services', name: 'serviceName' },
    unset: 'DISABLED',
  },
];

/** Last part of a name or ARN, so that `service` may be either. */
const shortName = (nameOrArn: string | undefined): string => nameOrArn?.split('/').at(-1) ?? '';

/** Members of JSON services that ministack drops: remembered when they are set, and put back where they are shown. */
export function remembered(): readonly Handlers[] {
  return members.map(({ service, setBy, name, answer, shownBy, unset }) => {
    const known = new Map<string, unknown>();
    // Services of one name in different clusters are told apart, as far as their calls name the cluster.
    const key = (call: Call, resource: string | undefined): string =>
      `${call.region}/${shortName(text(call.parameters, 'cluster'))}/${shortName(resource)}`;
    const set =
      (at: string): Interceptor =>
      async (call, next) => {
        const reply = await next(call);
        if (reply.status >= 300) return reply;
        const resource = key(call, text(call.parameters, at));
        if (call.parameters[name] !== undefined) known.set(resource, call.parameters[name]);
        const document: Parameters = await jsonOf(reply);
        const shown = document[answer];
        const value = known.get(resource) ?? unset;
        if (typeof shown === 'object' && shown !== null && value !== undefined) Object.assign(shown, { [name]: value });
        return withBody(reply, JSON.stringify(document));
      };
    const show: Interceptor = async (call, next) => {
      const reply = await next(call);
      if (reply.status >= 300) return reply;
      const document: Parameters = await jsonOf(reply);
      for (const entry of structures(document, shownBy.list)) {
        const value = known.get(key(call, text(entry, shownBy.name))) ?? unset;
        if (value !== undefined) Object.assign(entry, { [name]: value });
      }
      return withBody(reply, JSON.stringify(document));
    };
    return {
      ...Object.fromEntries(Object.entries(setBy).map(([action, at]) => [`${service}:${action}`, set(at)])),
      [`${service}:${shownBy.action}`]: show,
    };
  });
}

/** AWS leaves a task definition's roles out where none is set; ministack answers with empty text. */
export const withoutEmptyRoles: Handlers = Object.fromEntries(
  ['DescribeTaskDefinition', 'RegisterTaskDefinition'].map((action): [string, Interceptor] => [
    `ecs:${action}`,
    async (call, next) => {
      const reply = await next(call);
      if (reply.status >= 300) return reply;
      const document = await jsonOf(reply);
      const definition = document.taskDefinition as Record<string, unknown> | undefined;
      for (const role of ['taskRoleArn', 'executionRoleArn']) {
        if (definition?.[role] === '') delete definition[role];
      }
      return withBody(reply, JSON.stringify(document));
    },
  ]),
);
