import { digestOf } from '../../../reconcile/plan.ts';
import { registerable, type ServerOnly } from './definition.ts';
import type { Size } from './fargate.ts';
import { DIGEST_TAG, type ObservedRevision, OWNER_TAG, type Secret } from './observed.ts';
import { type ReleaseEdits, releaseContainer } from './releasing.ts';
import type { SecretEdits } from './secrets.ts';

/** ECS takes no larger task definition. https://docs.aws.amazon.com/general/latest/gr/ecs-service.html */
const DEFINITION_BYTES_MAX = 65_536;

/** AWS's limit of tags on one resource. */
const TAGS_MAX = 50;

/**
 * What a new revision changes of the one a service runs; an absent member is carried over. Data only, no
 * value of any variable: the content is taken from AWS when the revision is registered.
 */
export interface RevisionEdits {
  readonly size?: Partial<Size>;
  readonly secrets?: SecretEdits;
  readonly release?: ReleaseEdits;
}

/** A revision that is wanted: made from `base` with `edits`. */
export interface RevisionWish {
  readonly base: string;
  readonly family: string;
  readonly edits: RevisionEdits;
  /** Revisions never change, so the base's ARN stands for all that is carried over. */
  readonly digest: string;
}

/** The edits that an entry of `scaling` asks for; reading and planning must agree on them. */
export function editsOf({ cpu, memory }: Partial<Size>): RevisionEdits {
  return { size: { ...(cpu === undefined ? {} : { cpu }), ...(memory === undefined ? {} : { memory }) } };
}

/** The revision that `edits` ask for, or undefined when the current one is as wanted. */
export function wishRevision(current: ObservedRevision, edits: RevisionEdits): RevisionWish | undefined {
  const size = sizeEdits(current, edits.size ?? {});
  const { secrets, release } = edits;
  const needed: RevisionEdits = {
    ...(size === undefined ? {} : { size }),
    ...(secrets === undefined ? {} : { secrets }),
    ...(release === undefined ? {} : { release }),
  };
  if (Object.keys(needed).length === 0) return undefined;
  const { arn: base, family } = current;
  return { base, family, edits: needed, digest: digestOf({ base, edits: needed }) };
}

function sizeEdits(current: ObservedRevision, wish: Partial<Size>): Partial<Size> | undefined {
  const cpu = wish.cpu !== undefined && wish.cpu !== current.cpu ? { cpu: wish.cpu } : {};
  const memory = wish.memory !== undefined && wish.memory !== current.memory ? { memory: wish.memory } : {};
  const size = { ...cpu, ...memory };
  return Object.keys(size).length === 0 ? undefined : size;
}

/** Why ECS would refuse a revision, as a sentence; undefined when nothing is known to be in the way. */
export function revisionProblem(base: ObservedRevision, wish: RevisionWish): string | undefined {
  const { size = {}, secrets } = wish.edits;
  return tooLarge(base, secrets) ?? lacksExecutionRole(base) ?? tooManyTags(base) ?? outgrown(base, size);
}

function tooLarge(base: ObservedRevision, secrets: SecretEdits | undefined): string | undefined {
  const bytes = base.bytes + (secrets === undefined ? 0 : addedBytes(base, secrets));
  if (bytes <= DEFINITION_BYTES_MAX) return undefined;
  return `its definition would have ${bytes} bytes as JSON, ECS takes ${DEFINITION_BYTES_MAX}; remove variables or secrets from it`;
}

/** As JSON, with the comma behind each entry. */
function addedBytes(base: ObservedRevision, { container, remove, put }: SecretEdits): number {
  const before = base.containers.find(({ name }) => name === container)?.secrets ?? [];
  const sizeOf = (secrets: readonly Secret[]) =>
    secrets.reduce((sum, secret) => sum + Buffer.byteLength(JSON.stringify(secret)) + 1, 0);
  return sizeOf(put) - sizeOf(before.filter(({ name }) => remove.includes(name)));
}

/** https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html */
function lacksExecutionRole(base: ObservedRevision): string | undefined {
  if (base.executionRoleArn !== undefined) return undefined;
  const secretive = base.containers.find((container) => container.secrets.length > 0);
  if (secretive !== undefined)
    return `container ${secretive.name} has secrets but the definition has no executionRoleArn to read them with`;
  const logging = base.fargate && base.containers.find((container) => container.logDriver === 'awslogs');
  return logging
    ? `container ${logging.name} logs with awslogs on Fargate but the definition has no executionRoleArn`
    : undefined;
}

function tooManyTags(base: ObservedRevision): string | undefined {
  const others = carriedTags(base.tags).length;
  return others + 2 <= TAGS_MAX
    ? undefined
    : `it has ${others} tags and AWS allows ${TAGS_MAX}, two of which are trimtab's`;
}

/** Containers of a smaller task must still fit in it. */
function outgrown(base: ObservedRevision, size: Partial<Size>): string | undefined {
  const cpu = size.cpu ?? base.cpu;
  const memory = size.memory ?? base.memory;
  const resized = base.containers.map((container) => resizeContainer(container, base, size));
  const wantedCpu = resized.reduce((sum, container) => sum + (container.cpu ?? 0), 0);
  if (cpu !== undefined && wantedCpu > cpu)
    return `its containers reserve ${wantedCpu} CPU units together, more than the task's ${cpu}`;
  const large = resized.find(
    (one) => memory !== undefined && Math.max(one.memory ?? 0, one.memoryReservation ?? 0) > memory,
  );
  return large === undefined
    ? undefined
    : `container ${large.name} asks for more memory than the task's ${memory} MiB`;
}

interface Sized {
  readonly name?: string | undefined;
  readonly cpu?: number | undefined;
  readonly memory?: number | undefined;
  readonly memoryReservation?: number | undefined;
}

/** The members of a container definition that an edit looks at; the others are carried over. */
interface Container extends Sized {
  readonly secrets?: ReadonlyArray<{ readonly name: string | undefined }> | undefined;
}

/** A container keeps its own size, unless it filled the whole task: then it fills the new one. */
function resizeContainer<C extends Sized>(container: C, old: Partial<Size>, size: Partial<Size>): C {
  const { cpu, memory } = size;
  const filled = (value: number | undefined, whole: number | undefined) =>
    value !== undefined && value > 0 && value === whole;
  return {
    ...container,
    ...(cpu !== undefined && filled(container.cpu, old.cpu) ? { cpu } : {}),
    ...(memory !== undefined && filled(container.memory, old.memory) ? { memory } : {}),
    ...(memory !== undefined && filled(container.memoryReservation, old.memory)
      ? { memoryReservation: memory }
      : {}),
  };
}

/** Takes secrets of one container out by name, and puts others in. */
function editSecrets<C extends Container>(container: C, edits: SecretEdits | undefined): C {
  if (edits === undefined || container.name !== edits.container) return container;
  const kept = (container.secrets ?? []).filter(({ name = '' }) => !edits.remove.includes(name));
  // The same kind of container: its secrets are entries of name and origin, whatever else it has.
  return { ...container, secrets: [...kept, ...edits.put] };
}

interface Definition extends ServerOnly {
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly containerDefinitions?: Container[] | undefined;
}

/** The registration that gives a described definition with `edits`; everything else is carried over. */
export function editDefinition<D extends Definition>(
  definition: D,
  edits: RevisionEdits,
): Omit<D, keyof ServerOnly> {
  const { size = {}, secrets, release } = edits;
  const old = { cpu: Number(definition.cpu), memory: Number(definition.memory) };
  return {
    ...registerable(definition),
    ...(size.cpu === undefined ? {} : { cpu: String(size.cpu) }),
    ...(size.memory === undefined ? {} : { memory: String(size.memory) }),
    containerDefinitions: definition.containerDefinitions?.map((one) =>
      releaseContainer(editSecrets(resizeContainer(one, old, size), secrets), release),
    ),
  };
}

/** The tags of a new revision: those of its base that AWS lets us set, whose it is, and what it was made from. */
export function revisionTags(
  base: Readonly<Record<string, string>>,
  marks: {
    readonly owner: string;
    readonly digest: string;
    readonly tags?: Readonly<Record<string, string>>;
  },
): Array<{ key: string; value: string }> {
  const own = { ...marks.tags, [OWNER_TAG]: marks.owner, [DIGEST_TAG]: marks.digest };
  const carried = carriedTags(base).filter(([key]) => !Object.hasOwn(own, key));
  return [...carried, ...Object.entries(own)].map(([key, value]) => ({ key, value }));
}

function carriedTags(tags: Readonly<Record<string, string>>): Array<[string, string]> {
  return Object.entries(tags).filter(
    ([key]) => !key.toLowerCase().startsWith('aws:') && key !== OWNER_TAG && key !== DIGEST_TAG,
  );
}
