import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { cutCause } from '../../workflow/causes.ts';
import { cloudIn } from '../aws/clients.ts';
import type { Progress } from '../store/events.ts';
import { openTable } from '../store/table.ts';
import { environment } from './environment.ts';

/** Structured logs; the event itself is never logged: it can hold a task token. */
export const logger = new Logger({ serviceName: 'slipway' });

/** The provisioner's own table and topic, in the function's region. */
export function home(): Progress {
  const region = environment('AWS_REGION');
  return {
    table: openTable(region, environment('TABLE_NAME')),
    topicArn: environment('PROGRESS_TOPIC_ARN'),
    home: cloudIn({ region }),
    logger,
  };
}

/** A Lambda handler with what every handler needs: log context, and errors logged once, in full, before they are rethrown. */
export const handlerOf = <Event, Result>(work: (event: Event, context: Context) => Promise<Result>) =>
  // Without middy's early time-out: its error has a name of its own, and the work would go on when the sandbox thaws.
  middy<Event, Result>({ timeoutEarlyInMillis: 0 })
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use({
      onError: ({ error }) => {
        logger.error('failed', error ?? new Error('unknown'));
        if (error === null) return;
        // Lambda hands on message and stack, which holds the message again: the state that catches it holds both.
        const message = cutCause(error.message);
        if (message !== error.message) Object.assign(error, { message, stack: error.name });
      },
    })
    .handler(work);
