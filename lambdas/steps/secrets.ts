import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DescribeParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { RegionConfig } from '../../workflow/config.ts';
import { inSecretsManager, secretOf } from '../../workflow/names.ts';
import type { Problem } from '../../workflow/problems.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import { cloudIn } from '../aws/clients.ts';

/** The secrets that some region lacks. No value is read. */
export async function missingSecrets(regions: readonly RegionConfig[]): Promise<readonly Problem[]> {
  const asked = regions.flatMap(({ region, app }) =>
    Object.entries(app.secrets ?? {}).map(([name, from]) => ({ region, name, arn: secretOf(from) })),
  );
  const found = await Promise.all(asked.map(async (each) => ({ ...each, there: await exists(each.arn) })));
  return found
    .filter(({ there }) => !there)
    .map(({ region, name, arn }) => ({
      path: `$.app.secrets.${name}`,
      message: `${arn}, which ${region} would use, does not exist: make it there, or write {region} where the ARN names the region`,
    }));
}

async function exists(arn: string): Promise<boolean> {
  const cloud = cloudIn({ region: arn.split(':')[3] ?? '' });
  if (inSecretsManager(arn)) {
    const secret = await ignoreNotFound(
      cloud.client(SecretsManagerClient).send(new DescribeSecretCommand({ SecretId: arn })),
    );
    return secret !== undefined && secret.DeletedDate === undefined;
  }
  // The ARN of `/shop/key` has one slash, and so has that of `shop/key`.
  const name = arn.slice(arn.indexOf(':parameter/') + ':parameter'.length);
  const { Parameters = [] } = await cloud.client(SSMClient).send(
    new DescribeParametersCommand({
      ParameterFilters: [{ Key: 'Name', Option: 'Equals', Values: [name, name.slice(1)] }],
    }),
  );
  return Parameters.length > 0;
}
