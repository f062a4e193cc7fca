/**
 * What only a real account can settle and no read can tell: the step of a run that settles each. `doctor` lists them as
 * unknown.
 */
export const assumptions: readonly { readonly assumption: string; readonly settledBy: string }[] = [
  {
    assumption:
      'UpdateService with another container port replaces tasks one by one, each registered under its own port',
    settledBy: 'Deploy staging of the first run that changes app.port',
  },
  { assumption: 'EC2 takes what is made in a VPC or subnet that is still pending', settledBy: 'VPC of the first run' },
  {
    assumption: 'a listener may be made while its load balancer is still provisioning',
    settledBy: 'ALB of the first run',
  },
  {
    assumption:
      "ECR accepts OCI manifests that keep the base image's order of layers, and gzip layers without compression",
    settledBy: 'ECR push of the first run',
  },
  {
    assumption: 'the lists of zones without Fargate, retention periods and task sizes are up to date',
    settledBy: 'VPC and ECS of the first run',
  },
  { assumption: 'list prices (workflow/prices.ts) are those of the account', settledBy: 'the first bill' },
  {
    assumption: 'GetResources shows the tags of all kinds that ask for them, and a changed tag by the next run',
    settledBy: 'Plan of the first reconcile',
  },
  {
    assumption:
      'TagResources needs the tagging action of the service beside its own, and serves every kind that uses it',
    settledBy: 'the first run that changes tags',
  },
  {
    assumption: "AWS's durations (NAT gateway 106 s, load balancer 150 s, role propagation 8 s) are as published",
    settledBy: 'Await network and Await healthy staging of the first run',
  },
  {
    assumption: 'GetRepository leaves `defaultBranch` out exactly as long as nobody has pushed',
    settledBy: 'Pipeline of the first run',
  },
  {
    assumption:
      "through CodeCommit and S3, AWS's own keys let a role in whose boundary allows it and whose policies do not mention keys",
    settledBy: 'Pipeline of the first run, and the first push',
  },
];
