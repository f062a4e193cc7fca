import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import { HttpApi, HttpMethod, LogGroupLogDestination } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { prefix } from '../workflow/machines.ts';

/** The API behind the links in the mails. The opaque id in the path is the only key to a question. */
export class ApprovalApi extends HttpApi {
  constructor(scope: Construct) {
    super(scope, 'ApprovalApi', { apiName: `${prefix}-approvals`, createDefaultStage: false });
    const logs = new LogGroup(this, 'AccessLogs', {
      logGroupName: `/aws/vendedlogs/apigateway/${prefix}-approvals`,
      retention: RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.addStage('Stage', {
      stageName: '$default',
      autoDeploy: true,
      // People, not machines: a guesser of ids gets nowhere.
      throttle: { rateLimit: 5, burstLimit: 10 },
      accessLogSettings: {
        destination: new LogGroupLogDestination(logs),
        // No path: it holds the id.
        format: AccessLogFormat.custom(
          JSON.stringify({
            request: '$context.requestId',
            at: '$context.requestTime',
            from: '$context.identity.sourceIp',
            method: '$context.httpMethod',
            route: '$context.routeKey',
            status: '$context.status',
          }),
        ),
      },
    });
  }

  answerWith(handler: IFunction): void {
    this.addRoutes({
      path: '/approvals/{id}',
      methods: [HttpMethod.GET, HttpMethod.POST],
      integration: new HttpLambdaIntegration('Answer', handler),
    });
  }
}
