import type { Document } from '../ecs/input.ts';
import type { Outcome } from './outcomes.ts';
import type { BuildStatus, PhaseStatus, PhaseType } from './vocabulary.ts';

/** Why a phase ended as it did; both are empty when all went well. */
export interface PhaseContext {
  readonly statusCode: string;
  readonly message: string;
}

/** One phase of one build. The last one has no end while the build goes on, and never when it is COMPLETED. */
export interface PhaseRecord {
  readonly type: PhaseType;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  readonly status?: PhaseStatus | undefined;
  readonly context?: PhaseContext | undefined;
}

export interface EnvironmentVariable {
  readonly name: string;
  readonly value: string;
  readonly type: string;
}

export interface Environment {
  readonly type: string;
  readonly image: string;
  readonly computeType: string;
  readonly privilegedMode: boolean;
  readonly imagePullCredentialsType: string;
  readonly environmentVariables: readonly EnvironmentVariable[];
  readonly certificate?: string | undefined;
  readonly registryCredential?: Document | undefined;
}

export interface Source {
  readonly type: string;
  readonly location?: string | undefined;
  readonly buildspec?: string | undefined;
  readonly [member: string]: unknown;
}

export interface Artifacts {
  readonly type: string;
  readonly location?: string | undefined;
  readonly path?: string | undefined;
  readonly namespaceType?: string | undefined;
  readonly name?: string | undefined;
  readonly packaging?: string | undefined;
  readonly overrideArtifactName?: boolean | undefined;
  readonly encryptionDisabled?: boolean | undefined;
}

/** What a project says and a build may override. */
export interface Settings {
  readonly source: Source;
  readonly artifacts: Artifacts;
  readonly environment: Environment;
  readonly serviceRole: string;
  readonly timeoutInMinutes: number;
  readonly queuedTimeoutInMinutes: number;
  readonly encryptionKey: string;
  readonly cache: Document;
  readonly logsConfig?: Document | undefined;
  readonly vpcConfig?: Document | undefined;
}

export interface ProjectRecord extends Settings {
  readonly name: string;
  readonly description?: string | undefined;
  readonly sourceVersion?: string | undefined;
  readonly concurrentBuildLimit?: number | undefined;
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  readonly createdAt: number;
  readonly modifiedAt: number;
  /** The number of the build that was started last. */
  readonly lastBuildNumber: number;
}

export interface BuildRecord extends Settings {
  /** `shop:1b4e28ba-2fa1-41d2-883f-0016d3cca427` */
  readonly id: string;
  readonly number: number;
  readonly project: string;
  readonly sourceVersion?: string | undefined;
  readonly initiator: string;
  readonly status: BuildStatus;
  readonly startedAt: number;
  readonly endedAt?: number | undefined;
  readonly phases: readonly PhaseRecord[];
  /** Where it writes to, once there is a container. */
  readonly log?: { readonly group: string; readonly stream: string } | undefined;
  /** The commit that is built, once the source is there. */
  readonly commit?: string | undefined;
  /** What will happen to it. */
  readonly script: Outcome;
}

/** The phase a build is in. */
export function currentPhase(build: BuildRecord): PhaseRecord {
  return build.phases.at(-1) ?? { type: 'SUBMITTED', startedAt: build.startedAt };
}

export function isComplete(build: BuildRecord): boolean {
  return build.status !== 'IN_PROGRESS';
}
