import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deployAssembly, problemsOf, runCdk } from '../../../../infra/cli/deploy/cdk.ts';
import { holding } from '../../../../infra/cli/lock-file.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-cdk-'));
  await mkdir(join(directory, 'locks'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

describe("the CDK's command line", () => {
  test('is ended at once by an interruption', async () => {
    await writeFile(join(directory, 'manifest.json'), '{}');
    const controller = new AbortController();
    const deploying = deployAssembly(
      { run: runCdk, environment: {}, directory, signal: controller.signal },
      directory,
      {
        parameters: {},
      },
    );
    controller.abort();
    // Left alone, it ends with CDK's own complaint on this assembly.
    await expect(deploying).rejects.toThrow(/abort/i);
  });

  test('has its problems picked out of its output', () => {
    const output =
      'Probe: deploying...\nProbe | 1/3 | CREATE_FAILED | AWS::Lambda::Function | F no such bucket\n❌  Probe failed: Error: x\nbye';
    expect(problemsOf(output).split('\n')).toHaveLength(2);
    expect(problemsOf('a\n\nb')).toBe('a\nb');
  });
});

describe('a lock file', () => {
  const path = () => join(directory, 'locks', 'one.pid');

  test('keeps a second one from the work while the first is at it, and is gone after it', async () => {
    const result = await holding(path(), 'the demo runs', async () => {
      await expect(holding(path(), 'the demo runs', async () => 'second')).rejects.toThrow(
        `the demo runs (process ${process.pid}) from this folder already`,
      );
      return 'first';
    });
    expect([result, await holding(path(), 'the demo runs', async () => 'later')]).toEqual(['first', 'later']);
  });

  test('is gone after work that failed', async () => {
    const failing = holding(path(), 'the demo runs', async () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await holding(path(), 'the demo runs', async () => 'later')).toBe('later');
  });

  test('of a process that died is taken over', async () => {
    // Larger than any process id of Linux.
    await writeFile(path(), '4194305');
    expect(await holding(path(), 'the demo runs', async () => 'mine')).toBe('mine');
  });
});
