import type { ContainerDefinition } from '@aws-sdk/client-ecs';

/**
 * The pipeline releases by registering a copy of the running revision with another image. Two labels, which it copies with
 * everything else, tell such a revision from one of ours.
 */
const imageLabel = 'slipway.image';
const appLabel = 'slipway.app';

/** What a revision runs, and what its labels say. */
export interface Release {
  readonly image: string;
  /** The image that Slipway registered it with. With any other, the pipeline registered it. */
  readonly ownImage?: string;
  /** Slipway's own app at that time. */
  readonly ownApp?: string;
  /** A reconcile looks: nobody asks it for another app. */
  readonly kept?: true;
}

/** What goes out, and the own app that its labels name. Both as `repository@digest`. */
interface Outgoing {
  readonly image: string;
  readonly app: string;
}

export const releaseLabels = ({ image, app }: Outgoing): Record<string, string> => ({
  [imageLabel]: image,
  [appLabel]: app,
});

/** What a container's labels say, and the container without them. */
export function releaseOf({ dockerLabels = {}, ...container }: ContainerDefinition): {
  readonly release: Release;
  readonly container: ContainerDefinition;
} {
  const { [imageLabel]: ownImage, [appLabel]: ownApp, ...others } = dockerLabels;
  return {
    release: {
      image: container.image ?? '',
      ...(ownImage === undefined ? {} : { ownImage }),
      ...(ownApp === undefined ? {} : { ownApp }),
    },
    container: Object.keys(others).length === 0 ? container : { ...container, dockerLabels: others },
  };
}

export const registeredByPipeline = ({ image, ownImage }: Release): boolean => image !== ownImage;

/** An image from anywhere but the app's repository is no release. */
const isBuild = (app: string, image: string): boolean => image.startsWith(`${app.slice(0, app.indexOf('@'))}@sha256:`);

/**
 * What was released goes out for as long as Slipway's own app is the one over which it was released; from a reconcile, always.
 * @param app Slipway's own
 */
export function outgoing(app: string, release: Release | undefined): Outgoing {
  if (release === undefined || !isBuild(app, release.image)) return { image: app, app };
  const { image, ownApp, kept } = release;
  const stays = ownApp === app || (kept && image !== ownApp);
  return stays ? { image, app: ownApp ?? app } : { image: app, app };
}

/** Whether Slipway's own app would go out in the place of a release. */
export const takesBack = (app: string, release: Release | undefined): boolean =>
  release !== undefined &&
  isBuild(app, release.image) &&
  ![release.ownApp, outgoing(app, release).image].includes(release.image);
