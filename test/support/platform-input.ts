/** The platform of the diagrams, with tags; people who are told of alarms and asked by the pipeline are those of a local deploy. */
export const platformInput = {
  tags: { 'cost-center': '4711' },
  alarms: { emails: ['alarms@example.com'] },
  pipeline: { approvalEmails: ['approver@example.com'] },
};

/** The regions of the diagrams, the primary one first. */
export const platformRegions = ['us-east-1', 'us-west-2'] as const;
