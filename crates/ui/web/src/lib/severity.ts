// How bad an alarm is, the worst first.

export const SEVERITIES = ['CRITICAL', 'MAJOR', 'MINOR', 'WARNING'] as const;
export type SeverityName = (typeof SEVERITIES)[number];
