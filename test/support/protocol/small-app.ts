import { join } from 'node:path';

/**
 * An app of nothing, before lambdas/image asks where the app is. Every start computes the image: the real one would take
 * most of the tests' time.
 */
process.env.LAMBDA_TASK_ROOT = join(import.meta.dirname, 'small-app');
