import type { TaskProcess } from './front-door/docker/daemon.ts';

/** The processes that stand for the running tasks of ECS, with the digest of the image that each was started from. */
export async function taskProcesses(cloud: { readonly endpoint: string }): Promise<readonly TaskProcess[]> {
  const reply = await fetch(`${cloud.endpoint}/_slipway/tasks`);
  return (await reply.json()) as readonly TaskProcess[];
}
