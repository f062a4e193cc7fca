import { CliError } from '../cli-error.ts';
import { type Context, confirm } from '../context.ts';
import { deployTo, type Settings, settingsOf } from '../deploy.ts';
import { identify } from '../doctor/account.ts';
import { bootstrap } from '../doctor/bootstrap.ts';
import { examine } from '../doctor/check.ts';
import { checks } from '../doctor/checks.ts';
import { elsewhere, retained } from '../doctor/provisioner.ts';
import { findingLines, subjectOf } from '../doctor/subject.ts';
import { readInput } from '../input-file.ts';
import { pinned } from './base-image.ts';
import { powerLines, powersOf } from './powers.ts';

interface AwsOptions extends Settings {
  readonly profile?: string;
  /** File with the input that the first run will get: the checks are made for it. */
  readonly input?: string;
  readonly yes: boolean;
  readonly bootstrap: boolean;
  readonly baseImage: string;
}

/** Deploys to AWS: checks whether a first run would work, says what the stack may do, asks, deploys. */
export async function deployToAws(context: Context, options: AwsOptions, signal: AbortSignal): Promise<void> {
  const { say } = context;
  const { region } = (await context.findTarget(options)).home.scope;
  const subject = await subjectOf(region, await readInput(options.input), options.baseImage);
  const found = await examine(subject, checks);
  // A missing bootstrap is what --bootstrap is for.
  const findings = found.filter(
    ({ name, verdict }) => verdict === 'problem' && !(options.bootstrap && name === bootstrap.name),
  );
  // Whoever has one elsewhere may have meant that.
  const others = found.filter(({ name, verdict }) => verdict !== 'fine' && name === elsewhere.name);
  for (const line of findingLines([...findings, ...others])) say(line);
  if (findings.some(({ stopsDeploy }) => stopsDeploy))
    throw new CliError(
      `the first run${options.input === undefined ? ', with {},' : ''} would fail: nothing was deployed`,
      'fix the problems above, or name the input that you will start with (--input FILE); check again: npx slipway doctor',
    );
  const { account } = await identify(subject.home);
  const baseImage = await pinned(options.baseImage);
  await deployTo(
    {
      account,
      region,
      home: subject.home,
      cdk: {
        ...context.cdk,
        environment: { AWS_REGION: region, AWS_DEFAULT_REGION: region },
        ...(options.profile === undefined ? {} : { profile: options.profile }),
        onLine: say,
        signal,
      },
    },
    {
      parameters: { BaseImage: baseImage, ...settingsOf(options) },
      bootstrap: options.bootstrap,
      importExisting: (await retained(subject.home)).length > 0,
      log: say,
      approve: async (template) => {
        say(`Base image ${baseImage}`);
        for (const line of powerLines(powersOf(template))) say(line);
        await confirm(context, `Deploy the stack slipway to account ${account}, ${region}?`, options.yes);
      },
    },
  );
}
