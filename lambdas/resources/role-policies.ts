import { hasRepository, isMirrored, isPipelineAway, type RegionConfig } from '../../workflow/config.ts';
import { environments } from '../../workflow/environments.ts';
import { appLogGroup, flowLogGroup, inSecretsManager, repositoryArn, secretOf } from '../../workflow/names.ts';
import type { Statement } from './policy-document.ts';
import type { Wanted } from './resource.ts';
import { buildRole, eventsRole, mirrorRole, pipelineRole } from './role-delivery.ts';
import { allow, document, ecrLogin, pullActions, type RoleSpec, serviceRole, withStreams } from './role-statements.ts';

/** What each role may do. Names are computed, not referred to: a role is made before what it is for. */
export const rolesOf = (config: RegionConfig): readonly Wanted<RoleSpec>[] => [
  flowLogsRole(config),
  executionRole(config),
  ...(config.primary ? [buildRole(config), pipelineRole(config)] : []),
  ...((config.primary && hasRepository(config)) || isPipelineAway(config) ? [eventsRole(config)] : []),
  ...(isMirrored(config) ? [mirrorRole(config)] : []),
];

const flowLogsRole = (config: RegionConfig): Wanted<RoleSpec> =>
  serviceRole(config, 'flow-logs', 'vpc', {
    service: 'vpc-flow-logs',
    description: `Writes the VPC flow logs of ${config.deployment}`,
    policies: {
      'write-flow-logs': document(
        allow(
          'WriteFlowLogs',
          ['logs:CreateLogStream', 'logs:PutLogEvents', 'logs:DescribeLogStreams'],
          withStreams(config, flowLogGroup(config)),
        ),
      ),
    },
  });

const executionRole = (config: RegionConfig): Wanted<RoleSpec> =>
  serviceRole(config, 'execution', 'ecs', {
    service: 'ecs-tasks',
    description: `Pulls the image of ${config.deployment} and writes its logs`,
    policies: {
      'pull-and-log': document(
        ecrLogin,
        allow('PullImage', pullActions, [repositoryArn(config)]),
        allow(
          'WriteLogs',
          ['logs:CreateLogStream', 'logs:PutLogEvents'],
          environments.flatMap((environment) => withStreams(config, appLogGroup(config, environment))),
        ),
      ),
      ...readSecrets(config),
    },
  });

/**
 * The app's secrets and no others, and their keys: KMS is told for what it decrypts, so that the keys themselves need not be
 * known. Without secrets there is no such policy.
 */
function readSecrets(config: RegionConfig): RoleSpec['policies'] {
  const arns = [...new Set(Object.values(config.app.secrets ?? {}).map(secretOf))].toSorted();
  const secrets = arns.filter(inSecretsManager);
  const parameters = arns.filter((arn) => !inSecretsManager(arn));
  const key = `arn:${config.partition}:kms:*:${config.account}:key/*`;
  const decrypt = (Sid: string, service: string, context: string, of: readonly string[]): Statement =>
    allow(Sid, ['kms:Decrypt'], [key], {
      StringLike: { 'kms:ViaService': `${service}.*.amazonaws.com` },
      StringEquals: { [`kms:EncryptionContext:${context}`]: of },
    });
  if (arns.length === 0) return {};
  return {
    'read-secrets': document(
      ...(secrets.length === 0
        ? []
        : [
            allow('ReadSecrets', ['secretsmanager:GetSecretValue'], secrets),
            decrypt('DecryptSecrets', 'secretsmanager', 'SecretARN', secrets),
          ]),
      ...(parameters.length === 0
        ? []
        : [
            allow('ReadParameters', ['ssm:GetParameters'], parameters),
            decrypt('DecryptParameters', 'ssm', 'PARAMETER_ARN', parameters),
          ]),
    ),
  };
}
