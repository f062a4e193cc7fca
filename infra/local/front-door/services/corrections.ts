import {
  type Call,
  type Handlers,
  jsonOf,
  jsonReply,
  type Parameters,
  type Reply,
  ServiceError,
  structures,
  text,
  texts,
  withBody,
} from '../call.ts';
import { child, editXml, entries } from '../xml.ts';

type Next = (call: Call) => Promise<Reply>;

/** Asks ministack something else in the same call's name. */
async function ask(call: Call, next: Next, action: string, parameters: Parameters): Promise<Record<string, unknown>> {
  const target = String(call.headers['x-amz-target']).replace(/\.\w+$/, `.${action}`);
  const headers = { ...call.headers, 'x-amz-target': target };
  return jsonOf(await next({ ...call, action, headers, parameters, body: Buffer.from(JSON.stringify(parameters)) }));
}

/** Single answers in which ministack is laxer than AWS, or its reply can't be read. */
export const corrections: Handlers = {
  // Newest active revision of a family; ministack shows the newest, active or not.
  'ecs:DescribeTaskDefinition': async (call, next) => {
    const family = text(call.parameters, 'taskDefinition') ?? '';
    if (/[:/]/.test(family)) return next(call);
    const listed = await ask(call, next, 'ListTaskDefinitions', {
      familyPrefix: family,
      status: 'ACTIVE',
      sort: 'DESC',
    });
    const newest = texts(listed, 'taskDefinitionArns').find((arn) => arn.includes(`/${family}:`));
    if (newest === undefined) throw new ServiceError('ClientException', 'Unable to describe task definition.');
    const parameters = { ...call.parameters, taskDefinition: newest };
    return next({ ...call, parameters, body: Buffer.from(JSON.stringify(parameters)) });
  },

  'logs:DescribeLogGroups': async (call, next) => {
    const names = texts(call.parameters, 'logGroupIdentifiers');
    if (names.length === 0) return next(call);
    const groups: Parameters[] = [];
    for (const name of names) {
      const listed = await ask(call, next, 'DescribeLogGroups', { logGroupNamePrefix: name });
      groups.push(...structures(listed, 'logGroups').filter((group) => group.logGroupName === name));
    }
    return jsonReply({ logGroups: groups });
  },

  // AWS leaves tags and boundary out of lists: they come with GetRole only.
  'iam:ListRoles': async (call, next) =>
    editXml(await next(call), (root) => {
      for (const role of entries(child(root, 'ListRolesResult'), 'Roles')) {
        delete role.Tags;
        delete role.PermissionsBoundary;
      }
    }),

  'ecr:DescribeImages': async (call, next) => {
    const reply = await next(call);
    if (reply.status >= 300) return reply;
    const document = await jsonOf(reply);
    const asked = structures(call.parameters, 'imageIds');
    if (asked.length > 0 && structures(document, 'imageDetails').length === 0) {
      const [id = {}] = asked;
      throw new ServiceError(
        'ImageNotFoundException',
        `The image with imageId {imageDigest:'${text(id, 'imageDigest') ?? 'null'}', imageTag:'${text(id, 'imageTag') ?? 'null'}'} does not exist within the repository with name '${text(call.parameters, 'repositoryName')}'`,
      );
    }
    return withBody(reply, JSON.stringify(document));
  },

  'events:DeleteRule': async (call, next) => {
    const rule = text(call.parameters, 'Name') ?? '';
    const bus = text(call.parameters, 'EventBusName');
    const listed = await ask(call, next, 'ListTargetsByRule', {
      Rule: rule,
      ...(bus === undefined ? {} : { EventBusName: bus }),
    });
    if (structures(listed, 'Targets').length > 0) {
      throw new ServiceError('ValidationException', "Rule can't be deleted since it has targets.");
    }
    return next(call);
  },

  // Deleting a project that is not there succeeds on AWS: its model has no such error.
  'codebuild:DeleteProject': async (call, next) => {
    const reply = await next(call);
    return reply.status === 400 ? jsonReply({}) : reply;
  },

  'monitoring:PutDashboard': async (call, next) => {
    try {
      JSON.parse(text(call.parameters, 'DashboardBody') ?? '');
    } catch {
      const message = 'The field DashboardBody must be a valid JSON object';
      const reply = jsonReply({ __type: 'DashboardInvalidInputError', message }, 400, 'application/x-amz-json-1.0');
      return { ...reply, headers: { ...reply.headers, 'x-amzn-query-error': 'InvalidParameterInput;Sender' } };
    }
    return next(call);
  },

  // ministack writes a date where the JSON protocol has a number, which the SDK can't read.
  'monitoring:ListDashboards': async (call, next) => {
    const reply = await next(call);
    if (call.protocol !== 'json' || reply.status >= 300) return reply;
    const document = await jsonOf(reply);
    for (const entry of structures(document, 'DashboardEntries')) {
      Object.assign(entry, { LastModified: Date.parse(text(entry, 'LastModified') ?? '') / 1000 });
    }
    return withBody(reply, JSON.stringify(document));
  },
};
