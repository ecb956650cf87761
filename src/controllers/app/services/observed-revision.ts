import { registerable, type ServerOnly } from './definition.ts';
import { type AwsTag, type ObservedContainer, type ObservedRevision, tagsOf } from './observed.ts';

/** The members of ECS's `TaskDefinition` that are used. */
interface DefinitionDocument extends ServerOnly {
  readonly taskDefinitionArn?: string | undefined;
  readonly family?: string | undefined;
  readonly revision?: number | undefined;
  readonly status?: string | undefined;
  readonly cpu?: string | undefined;
  readonly memory?: string | undefined;
  readonly requiresCompatibilities?: readonly string[] | undefined;
  readonly executionRoleArn?: string | undefined;
  readonly containerDefinitions?: readonly ContainerDocument[] | undefined;
}

interface ContainerDocument {
  readonly name?: string | undefined;
  readonly cpu?: number | undefined;
  readonly memory?: number | undefined;
  readonly memoryReservation?: number | undefined;
  readonly secrets?: ReadonlyArray<{ name: string | undefined; valueFrom: string | undefined }> | undefined;
  readonly environment?: ReadonlyArray<{ readonly name?: string | undefined }> | undefined;
  readonly logConfiguration?: { readonly logDriver?: string | undefined } | undefined;
  readonly image?: string | undefined;
  readonly command?: readonly string[] | undefined;
  readonly entryPoint?: readonly string[] | undefined;
}

/** A task definition with its tags, as it was read. */
interface RevisionDocument {
  readonly definition: DefinitionDocument;
  readonly tags: readonly AwsTag[];
}

const revisions = new WeakMap<RevisionDocument, ObservedRevision>();

/** A revision as ECS describes it, in normal form. Readers keep what ECS answered, so it is made once of each answer. */
export function normalRevision(read: RevisionDocument): ObservedRevision {
  const known = revisions.get(read);
  if (known !== undefined) return known;
  const made = normalize(read);
  revisions.set(read, made);
  return made;
}

function normalize({ definition, tags }: RevisionDocument): ObservedRevision {
  const { executionRoleArn } = definition;
  return {
    arn: definition.taskDefinitionArn ?? '',
    family: definition.family ?? '',
    revision: definition.revision ?? 0,
    active: definition.status === 'ACTIVE',
    ...numeric('cpu', definition.cpu),
    ...numeric('memory', definition.memory),
    fargate: definition.requiresCompatibilities?.includes('FARGATE') === true,
    ...(executionRoleArn === undefined ? {} : { executionRoleArn }),
    containers: (definition.containerDefinitions ?? []).map(normalContainer),
    bytes: Buffer.byteLength(JSON.stringify(registerable(definition))),
    tags: tagsOf(tags),
  };
}

function normalContainer(document: ContainerDocument): ObservedContainer {
  const { memory, memoryReservation, logConfiguration, secrets = [], environment = [] } = document;
  const { image, command, entryPoint } = document;
  const logDriver = logConfiguration?.logDriver;
  return {
    name: document.name ?? '',
    cpu: document.cpu ?? 0,
    ...(memory === undefined ? {} : { memory }),
    ...(memoryReservation === undefined ? {} : { memoryReservation }),
    secrets: secrets.map(({ name = '', valueFrom = '' }) => ({ name, valueFrom })),
    variables: environment.map(({ name = '' }) => name),
    ...(logDriver === undefined ? {} : { logDriver }),
    ...(image === undefined ? {} : { image }),
    ...(command === undefined ? {} : { command }),
    ...(entryPoint === undefined ? {} : { entryPoint }),
  };
}

function numeric<Name extends 'cpu' | 'memory'>(
  name: Name,
  text: string | undefined,
): { [N in Name]?: number } {
  const value = Number(text);
  return text === undefined || !Number.isFinite(value) ? {} : ({ [name]: value } as { [N in Name]?: number });
}
