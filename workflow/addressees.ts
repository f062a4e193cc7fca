import type { RegionConfig } from './config.ts';

/** Who gets mails of a platform, the same in all of its regions; absent where that is not known. */
export interface Addressed {
  readonly alarms?: Pick<RegionConfig['alarms'], 'emails'>;
  readonly pipeline?: Pick<RegionConfig['pipeline'], 'approvalEmails'>;
}

/** For people: a line for each kind of mail that goes to nobody, and what to do about it. */
export const missingAddresseeLines = ({ alarms, pipeline }: Addressed): readonly string[] => [
  ...(pipeline?.approvalEmails.length !== 0
    ? []
    : [
        'NOBODY IS ASKED BY E-MAIL when the pipeline is about to deploy production: name somebody in pipeline.approvalEmails, or for every input with `npx slipway deploy --approver-email …`',
      ]),
  ...(alarms?.emails.length !== 0
    ? []
    : [
        'NOBODY GETS AN E-MAIL when an alarm goes off: name somebody in alarms.emails, or for every input with `npx slipway deploy --alarm-email …`',
      ]),
];
