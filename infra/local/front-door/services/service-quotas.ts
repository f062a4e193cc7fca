import { account } from '../../paths.ts';
import { type Handlers, type Parameters, ServiceError, text } from '../call.ts';
import { quotas, quotaValue } from '../quotas.ts';
import { jsonService } from './json-service.ts';

type Quota = (typeof quotas)[number];

const shown = (quota: Quota, region: string): unknown => ({
  ServiceCode: quota.service,
  ServiceName: quota.serviceName,
  QuotaArn: `arn:aws:servicequotas:${region}:${account}:${quota.service}/${quota.code}`,
  QuotaCode: quota.code,
  QuotaName: quota.name,
  Value: quotaValue(quota.code),
  Unit: 'None',
  Adjustable: quota.adjustable,
  GlobalQuota: false,
});

function find(parameters: Parameters): Quota {
  const found = quotas.find(
    ({ service, code }) => service === text(parameters, 'ServiceCode') && code === text(parameters, 'QuotaCode'),
  );
  if (found === undefined) {
    throw new ServiceError(
      'NoSuchResourceException',
      'The request failed because the specified service quota does not exist.',
    );
  }
  return found;
}

/** Service Quotas: the numbers that the front door enforces. */
export const serviceQuotas = (): Handlers =>
  jsonService('servicequotas', (region) => region, {
    GetServiceQuota: (parameters, region) => ({ Quota: shown(find(parameters), region) }),
    // For quotas that are not enforced here it says, as for unknown ones, that there is none.
    GetAWSDefaultServiceQuota: (parameters, region) => ({ Quota: shown(find(parameters), region) }),
  });
