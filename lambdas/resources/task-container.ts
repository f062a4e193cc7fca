import type { ContainerDefinition, HealthCheck } from '@aws-sdk/client-ecs';
import { compare, compareByName, sorted } from './differences.ts';

/** Name of the one container; the service and the pipeline's imagedefinitions.json use it. */
export const appContainer = 'app';

/** The one container of a task. */
export interface ContainerSpec {
  /** Slipway's own app, pinned by digest: a tag may move between two tasks of one deployment. */
  readonly image: string;
  readonly port: number;
  readonly environment: Readonly<Record<string, string>>;
  /** ARNs by variable. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Absent: the image's own. */
  readonly command?: readonly string[];
  /** An image of the user's own: nothing is known of what is in it. */
  readonly userImage?: true;
  readonly logGroup: string;
  readonly logRegion: string;
  readonly healthPath: string;
}

export const containerOf = (container: ContainerSpec, image: string): ContainerDefinition => ({
  name: appContainer,
  image,
  essential: true,
  ...(container.command === undefined ? {} : { command: [...container.command] }),
  // Our app writes nothing to disk; of another one that can't be told.
  readonlyRootFilesystem: container.userImage !== true,
  portMappings: [{ containerPort: container.port, hostPort: container.port, protocol: 'tcp' }],
  environment: Object.entries(container.environment).map(([name, value]) => ({ name, value })),
  ...(container.secrets === undefined
    ? {}
    : { secrets: Object.entries(container.secrets).map(([name, valueFrom]) => ({ name, valueFrom })) }),
  // ECS's default. Enough for the few requests that are still open after the target group's deregistration delay.
  stopTimeout: 30,
  // Our image has node and no shell tools; in another one nobody knows what could ask, and the target group does.
  ...(container.userImage === true ? {} : { healthCheck: healthCheckOf(container) }),
  logConfiguration: {
    logDriver: 'awslogs',
    options: {
      'awslogs-group': container.logGroup,
      'awslogs-region': container.logRegion,
      'awslogs-stream-prefix': appContainer,
      // A slow log service must not stop the app: ECS's default since June 2025, an account setting before.
      mode: 'non-blocking',
    },
  },
});

/** Three failures at 10 s: as soon as the target group notices. */
const healthCheckOf = ({ port, healthPath }: ContainerSpec): HealthCheck => ({
  command: [
    'CMD',
    'node',
    '-e',
    'fetch(process.argv[1]).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))',
    // An argument, never a part of the code: the path is the user's text.
    `http://127.0.0.1:${port}${healthPath}`,
  ],
  interval: 10,
  timeout: 5,
  retries: 3,
  startPeriod: 10,
});

/** A container definition without what ECS fills in and without orders that mean nothing. */
export type PlainContainer = Readonly<Record<string, unknown>>;

export function plainContainer(container: ContainerDefinition): PlainContainer {
  const plain: Record<string, unknown> = {
    ...container,
    // ECS returns 0 for a container without a share of its own, and every absent list as an empty one.
    cpu: container.cpu === 0 ? undefined : container.cpu,
    versionConsistency: container.versionConsistency === 'enabled' ? undefined : container.versionConsistency,
    environment: Object.fromEntries((container.environment ?? []).map(({ name, value }) => [name ?? '', value ?? ''])),
    secrets: container.secrets?.length
      ? Object.fromEntries(container.secrets.map(({ name, valueFrom }) => [name ?? '', valueFrom ?? '']))
      : undefined,
    portMappings: container.portMappings?.map((port) => ({
      ...port,
      hostPort: port.hostPort ?? port.containerPort,
      protocol: port.protocol ?? 'tcp',
    })),
  };
  return withoutEmpty(plain) as PlainContainer;
}

function withoutEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmpty);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, part]) => part !== undefined && part !== null && !(Array.isArray(part) && part.length === 0))
      .map(([name, part]) => [name, withoutEmpty(part)]),
  );
}

export const compareContainers = (
  was: Readonly<Record<string, PlainContainer>>,
  want: Readonly<Record<string, PlainContainer>>,
) =>
  sorted([...new Set([...Object.keys(was), ...Object.keys(want)])]).flatMap((name) => {
    const [before, after] = [was[name], want[name]];
    return before === undefined || after === undefined
      ? compare(`containers[${name}]`, before, after)
      : compareByName((property) => `containers[${name}].${property}`, before, after);
  });
