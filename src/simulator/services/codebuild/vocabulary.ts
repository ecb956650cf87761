/** In the order in which a build goes through them. */
export const PHASES = [
  ...(['SUBMITTED', 'QUEUED', 'PROVISIONING', 'DOWNLOAD_SOURCE', 'INSTALL', 'PRE_BUILD'] as const),
  ...(['BUILD', 'POST_BUILD', 'UPLOAD_ARTIFACTS', 'FINALIZING', 'COMPLETED'] as const),
] as const;

export type PhaseType = (typeof PHASES)[number];

/** How a phase ended. Of a build, `CLIENT_ERROR` is a failure. */
export const PHASE_STATUSES = [
  ...(['SUCCEEDED', 'FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED', 'CLIENT_ERROR'] as const),
] as const;

export type PhaseStatus = (typeof PHASE_STATUSES)[number];

export const BUILD_STATUSES = [
  ...(['IN_PROGRESS', 'SUCCEEDED', 'FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED'] as const),
] as const;

export type BuildStatus = (typeof BUILD_STATUSES)[number];
