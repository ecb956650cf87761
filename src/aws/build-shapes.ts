/**
 * What is kept of what AWS tells of builds and tasks. Types alone, so that those who decide may know them too; who fills
 * them drops everything that may hold a secret: environments, sources, buildspecs and overrides.
 */

/** One phase of a build as CodeBuild runs it. Instants are epoch milliseconds. */
export interface CodeBuildPhase {
  readonly type: string;
  /** Absent while it runs. */
  readonly status?: string;
  readonly startedAt?: number;
  readonly endedAt?: number;
}

/** A build of CodeBuild. */
export interface Build {
  /** `<project>:<uuid>` */
  readonly id: string;
  readonly arn: string;
  readonly project: string;
  /** Counted by project, from 1. */
  readonly number: number;
  /** What it was asked to build: `pr/7`, a branch, a commit. */
  readonly sourceVersion?: string;
  /** The commit that is. */
  readonly commit?: string;
  /** IN_PROGRESS, SUCCEEDED, FAILED, FAULT, TIMED_OUT or STOPPED. */
  readonly status: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly phases: readonly CodeBuildPhase[];
  /** Where its log is, or will be once it has a container; absent where CloudWatch gets none. */
  readonly log?: LogPlace;
  /** Where its artifacts go: a bucket and the folder in it. */
  readonly artifacts?: { readonly bucket: string; readonly folder: string };
  /** Its buildspec or image are not the project's: somebody else built, this build only copies. */
  readonly external: boolean;
}

/** One stream of a log group. */
export interface LogPlace {
  readonly group: string;
  readonly stream: string;
}

/** Where one object lies. */
export interface ObjectPlace {
  readonly bucket: string;
  readonly key: string;
}

/** A task that is run once. */
export interface OneOffTask {
  readonly arn: string;
  readonly definition: string;
  readonly startedBy: string;
  readonly lastStatus: string;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
  readonly createdAt?: number;
  /** When it came to run. */
  readonly startedAt?: number;
  readonly containers: ReadonlyArray<{
    readonly name: string;
    readonly exitCode?: number;
    readonly reason?: string;
  }>;
}
