import { join } from 'node:path';
import type { Authorization } from '@slipway/local-cloud';
import { unusedPermissions } from '../../infra/permission-reasons.ts';
import { rolesOf } from '../../lambdas/resources/role-policies.ts';
import { regionConfig, secondaryConfig } from './region-config.ts';
import { type SynthesisedStack, statementsOf, text } from './synthesised-stack.ts';

export const permissionsPath = join(import.meta.dirname, '../../workflow/PERMISSIONS.md');
export const usedPath = join(import.meta.dirname, 'used-permissions.json');

/** IAM actions by the role that has them, or uses them. */
export type ByRole = Readonly<Record<string, readonly string[]>>;

const stateMachine = (name: string): string => `${name} (state machine)`;
const platformRole = (key: string): string => `platform: ${key}`;

/** What each role is for, by its logical id: a function, a state machine, or what EventBridge does. */
function namesOf({ resources }: SynthesisedStack): ReadonlyMap<string, string> {
  const idOf = (reference: unknown): string => text(reference).replace(/^<(\w+)\.Arn>$/, '$1');
  return new Map([
    // CDK puts eight characters behind a name.
    ...resources('AWS::IAM::Role').map(([id]) => [id, id.slice(0, -8)] as const),
    ...resources('AWS::Lambda::Function').map(
      ([, { Properties }]) => [idOf(Properties.Role), String(Properties.FunctionName)] as const,
    ),
    ...resources('AWS::StepFunctions::StateMachine').map(
      ([, { Properties }]) => [idOf(Properties.RoleArn), stateMachine(String(Properties.StateMachineName))] as const,
    ),
  ]);
}

/** What the template allows its roles, and what a run allows those of a platform. */
export function grantedIn(stack: SynthesisedStack): ByRole {
  const granted = new Map<string, Set<string>>();
  const grant = (role: string, actions: readonly string[]): void => {
    granted.set(role, new Set([...(granted.get(role) ?? []), ...actions]));
  };
  const names = namesOf(stack);
  for (const [, { Properties }] of stack.resources('AWS::IAM::Policy'))
    for (const role of Properties.Roles as unknown[])
      for (const { Effect, Action } of statementsOf(Properties.PolicyDocument))
        if (Effect === 'Allow') grant(names.get(text(role).slice(1, -1)) ?? text(role), Action);
  for (const config of [regionConfig(), secondaryConfig()])
    for (const { key, spec } of rolesOf(config))
      for (const { Statement } of Object.values(spec.policies))
        for (const { Action } of Statement) grant(platformRole(key), [Action].flat());
  return sorted(granted);
}

const sorted = (roles: ReadonlyMap<string, ReadonlySet<string>>): ByRole =>
  Object.fromEntries(
    [...roles].sort(([one], [other]) => (one < other ? -1 : 1)).map(([role, actions]) => [role, [...actions].sort()]),
  );

/**
 * What the roles were allowed and did, by the record of a local cloud; and what they were denied.
 * @param deployments whose roles there are, by the names that they begin with
 */
export function usedIn(
  stack: SynthesisedStack,
  record: readonly Authorization[],
  deployments: readonly string[],
): { readonly used: ByRole; readonly denied: readonly string[] } {
  const names = namesOf(stack);
  const ofPlatform = new RegExp(`^(?:${deployments.join('|')})-[a-z]+-[a-z]+-\\d-(.+)$`);
  const nameOf = ({ principal, role }: Authorization): string => {
    const key = ofPlatform.exec(role)?.[1];
    if (key !== undefined) return platformRole(key);
    const [kind, name = ''] = principal.split(':');
    if (kind === 'lambda') return name;
    // CloudFormation's name of a role: stack, logical id, and something of its own.
    return kind === 'states' ? stateMachine(name) : (names.get(role.split('-')[1] ?? '') ?? role);
  };
  const used = new Map<string, Set<string>>();
  const denied = new Set<string>();
  for (const line of record) {
    const name = nameOf(line);
    if (!line.allowed) denied.add(`${name}: ${line.action} on ${line.resource}`);
    else used.set(name, new Set([...(used.get(name) ?? []), line.action]));
  }
  return { used: sorted(used), denied: [...denied] };
}

/** Why a role has what no run on the local cloud has used; undefined where nobody said. */
export const reasonOf = (role: string, action: string): string | undefined =>
  unusedPermissions.find(({ what }) => what.test(`${role} ${action}`))?.why;

/** workflow/PERMISSIONS.md. */
export function permissionsPage(granted: ByRole, used: ByRole): string {
  const code = (actions: readonly string[]): string => actions.map((action) => `\`${action}\``).join(', ') || '–';
  const sections = Object.entries(granted).map(([role, actions]) => {
    const uses = actions.filter((action) => used[role]?.includes(action));
    const unused = actions.filter((action) => !uses.includes(action));
    return [
      `## ${role}`,
      '',
      `Used: ${code(uses)}`,
      ...(unused.length === 0
        ? []
        : [
            '',
            'Not used:',
            '',
            ...unused.map((action) => `- \`${action}\`: ${reasonOf(role, action) ?? 'no reason given'}`),
          ]),
    ].join('\n');
  });
  const total = Object.values(granted).flat().length;
  const unused = Object.entries(granted).flatMap(([role, actions]) =>
    actions.filter((action) => !used[role]?.includes(action)),
  ).length;
  return `# Permissions

Written by \`npm run permissions\` from the template and the record of a life on the local cloud, where IAM is enforced:
provision, repair of everything that people can alter, changes, a push through the pipeline, a failure with its re-run, and
destroy. Whatever a role used it was granted, or the run would have failed. Of ${total} permissions, counted for each role,
${unused} were not used; each says why it is there (\`infra/permission-reasons.ts\`). A permission that is neither used nor
explained fails \`test/infra/permissions-page.test.ts\`.

${sections.join('\n\n')}
`;
}
