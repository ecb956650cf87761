import type { Build, LogPlace, OneOffTask } from '../../aws/build-shapes.ts';
import type { Parameter, Reading } from '../../reconcile/reading.ts';
import type { Item } from '../../store/table.ts';
import type { TaskName } from '../../workflows/release-task.ts';
import type { BuildNames } from './names.ts';

/** What is in the artifact bucket of a build that has ended. */
export interface ArtifactFacts {
  /** Sizes in bytes. */
  readonly buildLog: Reading<number>;
  readonly testLog: Reading<number>;
  /** `apppack.toml`, parsed; read only for builds that may be released. */
  readonly manifest?: Reading<Manifest>;
}

/** What `apppack.toml` says, or why it cannot be used. */
export type Manifest =
  | { readonly state: 'usable'; readonly document: unknown }
  | { readonly state: 'broken'; readonly problem: string };

/** One of a release's tasks as ECS shows it; where its log is can be known before there is a task. */
export interface TaskFacts {
  /** The tasks that this release started: none or one. */
  readonly tasks: Reading<readonly OneOffTask[]>;
  /** Log group and the part of the stream's name before the task's id. */
  readonly log?: LogPlace;
}

/** All that a build key reads. */
export type BuildFacts =
  | { readonly state: 'misnamed' }
  | {
      readonly state: 'read';
      /** An event brought this look: what it tells of may not show in reads yet. */
      readonly told: boolean;
      /** When the look began; absent when somebody only wants to know. */
      readonly startedAt?: number;
      readonly names: BuildNames;
      readonly parameters: ReadonlyMap<string, Reading<Parameter>>;
      readonly settings: Reading<Item>;
      readonly releaseItem: Reading<Item>;
      readonly appStatus: Reading<Item>;
      /** The newest records of this app, and those of what the release record names. */
      readonly records: Reading<readonly Item[]>;
      /** Ids of the project's newest builds; absent without a project. */
      readonly ids: Reading<readonly string[]>;
      readonly builds: Reading<readonly Build[]>;
      /** What images of the project are pushed to, where it is told in plain text. */
      readonly repository?: string;
      /** By build id. */
      readonly artifacts: ReadonlyMap<string, ArtifactFacts>;
      readonly tasks: Readonly<Partial<Record<TaskName, TaskFacts>>>;
    };
export type ReadFacts = BuildFacts & { readonly state: 'read' };
