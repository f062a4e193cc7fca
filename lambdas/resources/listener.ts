import {
  CreateListenerCommand,
  DeleteListenerCommand,
  ElasticLoadBalancingV2Client,
  type Listener,
  ModifyListenerCommand,
  paginateDescribeListeners,
} from '@aws-sdk/client-elastic-load-balancing-v2';
import { anywhere, loadBalancerArns } from '../../workflow/names.ts';
import { ignoreNotFound } from '../aws/aws-errors.ts';
import type { Scope } from '../aws/cloud.ts';
import { made, ownedBy, ownershipTags, type Tags, upperTagList } from '../aws/ownership.ts';
import { allPages } from '../aws/pages.ts';
import { compare } from './differences.ts';
import { elbTags } from './elb-tags.ts';
import { creating, onOwned, tagging } from './grants.ts';
import { fromElbActions, type ListenerAction, type OtherAction, toElbAction } from './listener-action.ts';
import { type Found, type Resource, readyAtOnce, ref } from './resource.ts';

export interface ListenerSpec {
  readonly loadBalancer: string;
  readonly port: number;
  readonly protocol: 'HTTP' | 'HTTPS';
  readonly action: ListenerAction;
  /** ARN of the certificate: HTTPS only. */
  readonly certificate?: string;
  readonly tlsPolicy?: string;
}

export interface ListenerFound extends Found {
  readonly loadBalancer: string;
  readonly port: number;
  readonly protocol: string;
  readonly action: ListenerAction | OtherAction;
  readonly certificate?: string;
  readonly tlsPolicy?: string;
}

/** TLS 1.2 and 1.3 only: what AWS recommends and its console picks. */
const tlsPolicy = 'ELBSecurityPolicy-TLS13-1-2-2021-06';

const arns = [loadBalancerArns(anywhere, 'listener')];
const balancers = [loadBalancerArns(anywhere, 'loadbalancer')];

export const listener: Resource<ListenerSpec, ListenerFound> = {
  kind: 'listener',
  parent: 'load-balancer',
  permissions: {
    read: ['elasticloadbalancing:DescribeListeners', 'elasticloadbalancing:DescribeTags'],
    write: [
      creating(['elasticloadbalancing:CreateListener'], balancers),
      ...tagging('elasticloadbalancing', 'CreateListener', arns),
      onOwned(['elasticloadbalancing:ModifyListener', 'elasticloadbalancing:DeleteListener'], arns),
      'tag:TagResources',
    ],
  },
  lingers: true,

  specs({ certificateArn }) {
    const loadBalancer = ref('load-balancer', 'main');
    const serve = { type: 'forward', targetGroup: ref('target-group', 'production') } as const;
    const http = { loadBalancer, port: 80, protocol: 'HTTP' } as const;
    if (certificateArn === undefined) return [{ key: 'http', spec: { ...http, action: serve } }];
    const redirect = { type: 'redirect', protocol: 'HTTPS', port: '443', code: 'HTTP_301' } as const;
    // Nobody is sent to a port that is not open yet.
    return [
      {
        key: 'https',
        spec: { loadBalancer, port: 443, protocol: 'HTTPS', action: serve, certificate: certificateArn, tlsPolicy },
      },
      { key: 'http', spec: { ...http, action: redirect } },
    ];
  },

  async list(cloud, outputs) {
    const client = cloud.client(ElasticLoadBalancingV2Client);
    const seen: Listener[] = [];
    for (const { id } of Object.values(outputs['load-balancer'] ?? {})) {
      const pages = paginateDescribeListeners({ client }, { LoadBalancerArn: id });
      seen.push(...((await ignoreNotFound(allPages(pages, ({ Listeners }) => Listeners))) ?? []));
    }
    const arns = seen.flatMap(({ ListenerArn }) => ListenerArn ?? []);
    const tags = await elbTags(cloud, arns);
    return seen.flatMap((one) => toFound(cloud.scope, one, tags.get(one.ListenerArn ?? '') ?? {}));
  },

  readiness: readyAtOnce,

  diff: (spec, found) => [
    ...compare('loadBalancer', found.loadBalancer, spec.loadBalancer, 'replace'),
    ...compare('port', found.port, spec.port),
    ...compare('protocol', found.protocol, spec.protocol),
    ...compare('action', found.action, spec.action),
    ...compare('certificate', found.certificate, spec.certificate),
    ...compare('tlsPolicy', found.tlsPolicy, spec.tlsPolicy),
  ],

  async create(cloud, { key, spec }) {
    const tags = ownershipTags(cloud.scope, 'listener', key);
    const answer = await cloud
      .client(ElasticLoadBalancingV2Client)
      .send(
        new CreateListenerCommand({ LoadBalancerArn: spec.loadBalancer, ...toRequest(spec), Tags: upperTagList(tags) }),
      );
    return made(toFound(cloud.scope, answer.Listeners?.[0] ?? {}, tags), 'CreateListener');
  },

  async update(cloud, { spec }, found) {
    await cloud
      .client(ElasticLoadBalancingV2Client)
      .send(new ModifyListenerCommand({ ListenerArn: found.id, ...toRequest(spec) }));
  },

  arn: ({ id }) => id,

  async delete(cloud, found) {
    await ignoreNotFound(
      cloud.client(ElasticLoadBalancingV2Client).send(new DeleteListenerCommand({ ListenerArn: found.id })),
    );
  },

  output: (found) => ({ id: found.id }),
};

export function toFound(scope: Scope, seen: Listener, tags: Tags): ListenerFound[] {
  const owned = ownedBy(scope, 'listener', tags);
  if (owned === undefined || seen.ListenerArn === undefined) return [];
  const certificate = seen.Certificates?.[0]?.CertificateArn;
  return [
    {
      ...owned,
      id: seen.ListenerArn,
      loadBalancer: seen.LoadBalancerArn ?? '',
      port: seen.Port ?? 0,
      protocol: seen.Protocol ?? '',
      action: fromElbActions(seen.DefaultActions),
      ...(certificate === undefined ? {} : { certificate }),
      ...(seen.SslPolicy === undefined ? {} : { tlsPolicy: seen.SslPolicy }),
    },
  ];
}

const toRequest = ({ port, protocol, action, certificate, tlsPolicy }: ListenerSpec) => ({
  Port: port,
  Protocol: protocol,
  DefaultActions: [toElbAction(action)],
  ...(certificate === undefined ? {} : { Certificates: [{ CertificateArn: certificate }] }),
  ...(tlsPolicy === undefined ? {} : { SslPolicy: tlsPolicy }),
});
