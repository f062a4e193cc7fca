import { terminalContext } from './context.ts';
import { run } from './program.ts';

// The reader of our lines may be gone (`| head`, or a `| tee` that got the Ctrl-C too): what was started still has to be
// stopped.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

await run(process.argv.slice(2), terminalContext());
