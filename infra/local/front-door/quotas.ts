/** Quotas of a new account, per region: what the front door enforces and Service Quotas answers. */
export const quotas = [
  {
    service: 'vpc',
    serviceName: 'Amazon Virtual Private Cloud (Amazon VPC)',
    code: 'L-F678F1CE',
    name: 'VPCs per Region',
    value: 5,
    adjustable: true,
  },
  {
    service: 'vpc',
    serviceName: 'Amazon Virtual Private Cloud (Amazon VPC)',
    code: 'L-FE5A380F',
    name: 'NAT gateways per Availability Zone',
    value: 5,
    adjustable: true,
  },
  {
    service: 'vpc',
    serviceName: 'Amazon Virtual Private Cloud (Amazon VPC)',
    code: 'L-A4707A72',
    name: 'Internet gateways per Region',
    value: 5,
    adjustable: true,
  },
  {
    service: 'ec2',
    serviceName: 'Amazon Elastic Compute Cloud (Amazon EC2)',
    code: 'L-0263D0A3',
    name: 'EC2-VPC Elastic IPs',
    value: 5,
    adjustable: true,
  },
  {
    service: 'elasticloadbalancing',
    serviceName: 'Elastic Load Balancing (ELB)',
    code: 'L-53DA6B97',
    name: 'Application Load Balancers per Region',
    value: 50,
    adjustable: true,
  },
  {
    service: 'fargate',
    serviceName: 'AWS Fargate',
    code: 'L-3032A538',
    name: 'Fargate On-Demand vCPU resource count',
    value: 6,
    adjustable: true,
  },
] as const;

export type QuotaCode = (typeof quotas)[number]['code'];

const changed = new Map<QuotaCode, number>();

/** For instruments: these quotas have other values than a new account's, all others have theirs. */
export function setQuotas(values: readonly (readonly [QuotaCode, number])[]): void {
  changed.clear();
  for (const [code, value] of values) changed.set(code, value);
}

export function quotaValue(code: QuotaCode): number {
  const quota = quotas.find((candidate) => candidate.code === code);
  if (quota === undefined) throw new RangeError(`no quota ${code}`);
  return changed.get(code) ?? quota.value;
}
