import { expect } from '@jest/globals';
import { platformInput } from '../../../support/platform-input.ts';
import { actions, buildspec, pipelineStage, primaryOnly, type Row } from './drawn.ts';

export const delivery: readonly Row[] = [
  [
    '1. SOURCE STAGE: CodeCommit Repository ← Developer pushes code',
    ({ pipeline, source }, asDrawn) =>
      primaryOnly(pipeline, asDrawn, (declared) => {
        expect(pipelineStage(declared, 0)).toMatchObject({
          name: 'Source',
          actions: [
            {
              provider: 'CodeCommit',
              configuration: {
                RepositoryName: source.repositoryName,
                BranchName: 'main',
                PollForSourceChanges: 'false',
              },
            },
          ],
        });
        expect(source.cloneUrlHttp).toMatch(/platform-app$/);
      }),
  ],
  [
    '(Triggered by EventBridge)',
    ({ trigger, source, account, region, roles }, asDrawn) => {
      primaryOnly(trigger, asDrawn, ({ State, EventPattern, targets }) => {
        expect(State).toBe('ENABLED');
        expect(JSON.parse(EventPattern ?? '')).toMatchObject({
          source: ['aws.codecommit'],
          resources: [source.Arn],
          detail: { referenceName: ['main'] },
        });
        expect(targets.map(({ Arn }) => Arn)).toEqual([`arn:aws:codepipeline:${region}:${account}:platform-pipeline`]);
        expect([...roles.keys()]).toContain('events');
      });
    },
  ],
  [
    '2. BUILD STAGE: CodeBuild → Runs buildspec.yml',
    ({ pipeline, buildProjects }, asDrawn) =>
      primaryOnly(pipeline, asDrawn, (declared) => {
        expect(pipelineStage(declared, 1)).toMatchObject({
          name: 'Build',
          actions: [{ provider: 'CodeBuild', configuration: { ProjectName: 'platform-build' } }],
        });
        expect(buildProjects[0]).toMatchObject({ source: { type: 'CODEPIPELINE', buildspec: 'buildspec.yml' } });
      }),
  ],
  ['• npm install', async () => expect(await buildspec()).toMatch(/npm (ci|install)/)],
  ['• npm test', async () => expect(await buildspec()).toContain('npm test')],
  [
    '• docker build',
    async ({ buildProjects }, asDrawn) => {
      expect(await buildspec()).toContain('docker build');
      primaryOnly(buildProjects[0], asDrawn, ({ environment }) => expect(environment?.privilegedMode).toBe(true));
    },
  ],
  [
    '• docker push to ECR',
    async (seen, { primary }) => {
      expect(await buildspec()).toContain('docker push');
      if (primary) expect(actions(seen, 'build')).toContain('ecr:PutImage');
    },
  ],
  ['(Creates imagedefinitions.json)', async () => expect(await buildspec()).toContain('imagedefinitions.json')],
  ...(
    [
      ['3. DEPLOY STAGING: ECS Service (Staging) → Updates task definition', 2, 'DeployStaging', 'staging'],
      ['5. DEPLOY PRODUCTION: ECS Service (Production) → Updates task definition', 4, 'DeployProduction', 'production'],
    ] as const
  ).map(
    ([line, position, name, environment]): Row => [
      line,
      ({ pipeline }, asDrawn) =>
        primaryOnly(pipeline, asDrawn, (declared) => {
          const stage = pipelineStage(declared, position);
          expect(stage.name).toBe(name);
          expect(stage.actions.map(({ region }) => region ?? 'us-east-1')).toEqual(['us-east-1', 'us-west-2']);
          for (const { provider, configuration } of stage.actions) {
            expect(provider).toBe('ECS');
            expect(configuration).toMatchObject({ ClusterName: 'platform-cluster', ServiceName: environment });
          }
        }),
    ],
  ),
  [
    '4. MANUAL APPROVAL: SNS Notification → Sends email notification (Waits for approval)',
    ({ pipeline, approvalsTopic }, asDrawn) => {
      primaryOnly(pipeline, asDrawn, (declared) =>
        expect(pipelineStage(declared, 3)).toMatchObject({
          name: 'Approval',
          actions: [
            { category: 'Approval', provider: 'Manual', configuration: { NotificationArn: approvalsTopic?.arn } },
          ],
        }),
      );
      primaryOnly(approvalsTopic, asDrawn, ({ subscriptions }) =>
        expect(subscriptions).toEqual(platformInput.pipeline.approvalEmails.map((address) => `email:${address}`)),
      );
    },
  ],
  [
    'SOURCE → BUILD → STAGING → APPROVAL → PRODUCTION, and nothing else',
    ({ pipeline }, asDrawn) =>
      primaryOnly(pipeline, asDrawn, ({ stages = [] }) =>
        expect(stages.map(({ name }) => name)).toEqual([
          'Source',
          'Build',
          'DeployStaging',
          'Approval',
          'DeployProduction',
        ]),
      ),
  ],
  [
    '✅ Deployment Complete!: every transition is enabled once production stands',
    ({ pipelineState }, asDrawn) =>
      primaryOnly(pipelineState, asDrawn, ({ stageStates = [] }) => {
        expect(stageStates).toHaveLength(5);
        for (const { inboundTransitionState } of stageStates)
          expect(inboundTransitionState?.enabled ?? true).toBe(true);
      }),
  ],
];
