import { readFile } from 'node:fs/promises';
import {
  CreatePolicyVersionCommand,
  DeletePolicyVersionCommand,
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolePoliciesCommand,
  PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { type Authorization, pathsOf } from '@slipway/local-cloud';
import type { Ended, Provisioner } from './provisioner.ts';

/** One action in one statement of a role's inline policy, or of a managed policy that bounds it. */
export interface Grant {
  readonly role: string;
  readonly action: string;
  /** By the policy's name or ARN: `<policy> <Sid>` or `<policy> #<number from 1>`, as the local cloud's record names the statement. */
  readonly by: string;
}

interface Statement {
  readonly Sid?: string;
  readonly Effect: 'Allow' | 'Deny';
  /** Absent beside NotAction. */
  readonly Action?: string | readonly string[];
}
interface Document {
  readonly Statement: readonly Statement[];
}

export const nameOfGrant = ({ role, action, by }: Grant): string => `${role} ${action} ${by}`;

/** Takes single permissions out of roles as they stand in the local cloud's IAM, and puts them back. */
export class Withdrawals {
  readonly #iam: IAMClient;
  readonly #out = new Map<string, Grant>();
  /** Policies as they were, by role and name. */
  readonly #whole = new Map<string, Document>();

  constructor(provisioner: Provisioner) {
    this.#iam = provisioner.client(IAMClient);
  }

  /** What is out at the moment. */
  get out(): readonly Grant[] {
    return [...this.#out.values()];
  }

  /** All statements that allow the role an action. */
  async grantsOf(role: string, action: string): Promise<readonly Grant[]> {
    const { PolicyNames = [] } = await this.#iam.send(new ListRolePoliciesCommand({ RoleName: role }));
    const policies = PolicyNames.map(async (name) =>
      (await this.#read(role, name)).Statement.flatMap((statement, index) =>
        statement.Effect === 'Allow' && [statement.Action].flat().includes(action)
          ? [{ role, action, by: nameOf(name, statement, index) }]
          : [],
      ),
    );
    return (await Promise.all(policies)).flat();
  }

  async take(grants: readonly Grant[]): Promise<void> {
    for (const grant of grants) this.#out.set(nameOfGrant(grant), grant);
    await this.#write(grants);
  }

  async putBack(grants: readonly Grant[]): Promise<void> {
    for (const grant of grants) this.#out.delete(nameOfGrant(grant));
    await this.#write(grants);
  }

  async #write(changed: readonly Grant[]): Promise<void> {
    for (const key of new Set(changed.map(({ role, by }) => `${role} ${policyIn(by)}`))) {
      const [RoleName = '', PolicyName = ''] = key.split(' ');
      const whole = this.#whole.get(key) ?? (await this.#read(RoleName, PolicyName));
      this.#whole.set(key, whole);
      const kept = whole.Statement.map((statement, index) => {
        if (statement.Effect === 'Deny') return statement;
        const by = nameOf(PolicyName, statement, index);
        const left = [statement.Action ?? []]
          .flat()
          .filter((action) => !this.#out.has(nameOfGrant({ role: RoleName, action, by })));
        // Without any action left it allows nothing; left out, it would number the others anew.
        return { ...statement, Action: left.length > 0 ? left : ['none:Nothing'] };
      });
      const PolicyDocument = JSON.stringify({ ...whole, Statement: kept });
      if (isArn(PolicyName)) await this.#replaceManaged(PolicyName, PolicyDocument);
      else await this.#iam.send(new PutRolePolicyCommand({ RoleName, PolicyName, PolicyDocument }));
    }
  }

  /** A policy has room for five versions. */
  async #replaceManaged(PolicyArn: string, PolicyDocument: string): Promise<void> {
    const { Policy } = await this.#iam.send(new GetPolicyCommand({ PolicyArn }));
    await this.#iam.send(new CreatePolicyVersionCommand({ PolicyArn, PolicyDocument, SetAsDefault: true }));
    await this.#iam.send(new DeletePolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }));
  }

  async #read(RoleName: string, PolicyName: string): Promise<Document> {
    if (isArn(PolicyName)) {
      const { Policy } = await this.#iam.send(new GetPolicyCommand({ PolicyArn: PolicyName }));
      const version = { PolicyArn: PolicyName, VersionId: Policy?.DefaultVersionId };
      const { PolicyVersion } = await this.#iam.send(new GetPolicyVersionCommand(version));
      return JSON.parse(decodeURIComponent(PolicyVersion?.Document ?? '')) as Document;
    }
    const { PolicyDocument = '' } = await this.#iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
    return JSON.parse(decodeURIComponent(PolicyDocument)) as Document;
  }
}

const nameOf = (policy: string, { Sid }: Statement, index: number): string => `${policy} ${Sid ?? `#${index + 1}`}`;
const isArn = (policy: string): boolean => policy.startsWith('arn:');
const policyIn = (by: string): string => by.slice(0, by.lastIndexOf(' '));

/** Everything that the local cloud's IAM was asked so far. */
export async function authorizations({ cloud }: Provisioner): Promise<readonly Authorization[]> {
  const text = await readFile(pathsOf(cloud.directory).authorizations, 'utf8');
  // Whatever follows the last line's end is being written.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Authorization);
}

/** What a denial names. */
export type Denial = Pick<Grant, 'role' | 'action'>;

/** Denials that people read of in how a run ended: in its error, its cause or its report. */
export function denialsIn({ error, cause, report }: Partial<Ended>): readonly Denial[] {
  const said =
    /assumed-role\/([\w-]+)\/[\w-]+ is not authorized to perform: ([\w-]+:\w+) on resource: \S+ (?:because no (?:identity-based policy|permissions boundary) allows|with an explicit deny in a service control policy)/g;
  return [...`${error} ${cause} ${JSON.stringify(report)}`.matchAll(said)].map(([, role = '', action = '']) => ({
    role,
    action,
  }));
}
