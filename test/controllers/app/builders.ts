import { resourceIdOf, type ScalingFacts } from '../../../src/controllers/app/autoscaling/observed.ts';
import { type Documents, parseDesired } from '../../../src/controllers/app/desired.ts';
import { type AppNames, type DocumentRole, namesOf } from '../../../src/controllers/app/names.ts';
import type { AppFacts } from '../../../src/controllers/app/observed.ts';
import type { SchedulesFacts } from '../../../src/controllers/app/schedules/observed.ts';
import {
  DIGEST_TAG,
  type ObservedDeployment,
  type ObservedRevision,
  type ObservedService,
  OWNER_TAG,
  type ServiceFacts,
} from '../../../src/controllers/app/services/observed.ts';
import type { PlanContext } from '../../../src/reconcile/controller.ts';
import type { Failure } from '../../../src/reconcile/errors.ts';
import {
  ABSENT,
  found,
  type Parameter,
  type ParameterName,
  type Reading,
  unreadable,
} from '../../../src/reconcile/reading.ts';
import { EMPTY_STATUS, type Status } from '../../../src/reconcile/status.ts';

export const NOW = Date.UTC(2026, 0, 5, 12);
export const ACCOUNT = '123456789012';
export const REGION = 'us-east-1';
export const CLUSTER_ARN = `arn:aws:ecs:${REGION}:${ACCOUNT}:cluster/production`;
export const PACE = { quietMs: 5_000, quietMaxMs: 60_000 };
export const NAMING = { prefix: '/apppack', installation: '/apppack' };

export const THROTTLED: Failure = {
  kind: 'throttled',
  code: 'ThrottlingException',
  message: 'Rate exceeded.',
};
export const DENIED: Failure = { kind: 'denied', code: 'AccessDeniedException', message: 'not authorized.' };

export function someNames(app = 'shop'): AppNames {
  const names = namesOf(app, NAMING);
  if ('invalid' in names) throw new Error(names.invalid);
  return names;
}

export function someParameter(
  name: string,
  value: string,
  changes: Partial<Parameter> = {},
): Reading<Parameter> {
  return found({ name, type: 'String', value, version: 3, modifiedAt: NOW - 60_000, ...changes });
}

type Item = Reading<Readonly<Record<string, unknown>>>;

/** What desired state says: documents as JSON values, as text, or as readings; what is not given is absent. */
export interface DesiredOptions {
  readonly app?: string;
  readonly documents?: Partial<Record<DocumentRole, unknown>>;
  /** Names of config variables, or a failure. */
  readonly config?: readonly string[] | Failure;
  /** Or what was read of each config path, in their order. */
  readonly configs?: ReadonlyArray<Reading<readonly ParameterName[]>>;
  readonly settingsItem?: Item;
  readonly ecsConfig?: Item;
  readonly deployStatus?: Item;
  readonly releaseRecord?: Item;
}

export interface FactsOptions extends DesiredOptions {
  /** `null` when nothing says where services are. */
  readonly cluster?: string | null;
  readonly services?: readonly ServiceFacts[];
  /** By process; services that are not named here have no scalable target. */
  readonly autoscaling?: Readonly<Record<string, Partial<ScalingFacts>>>;
  readonly schedules?: Partial<SchedulesFacts>;
  readonly settingsToldAt?: number;
}

/** Facts of an app; by default it has no parameter and no service. */
export function someFacts(options: FactsOptions = {}): AppFacts & { state: 'read' } {
  const names = someNames(options.app);
  const { cluster = 'production', services = [] } = options;
  return {
    state: 'read',
    names,
    desired: someDesired(options),
    services: { ...(cluster === null ? {} : { cluster }), services },
    autoscaling: {
      services: Object.fromEntries(
        services.map(({ process, service }) => [
          process,
          {
            resourceId: resourceIdOf('production', service),
            target: ABSENT,
            ...options.autoscaling?.[process],
          },
        ]),
      ),
      cpuTarget: 50,
    },
    schedules: { rules: found([]), targets: {}, sources: [], checkEveryMs: 0, ...options.schedules },
    releases: { newest: {}, stopped: {} },
    pace: PACE,
    ...(options.settingsToldAt === undefined ? {} : { settingsToldAt: options.settingsToldAt }),
  };
}

export function someDesired(options: DesiredOptions = {}) {
  return parseDesired(someDocuments(options), someNames(options.app));
}

export function someDocuments(options: DesiredOptions = {}): Documents {
  const names = someNames(options.app);
  const parameters = new Map<string, Reading<Parameter>>();
  for (const [role, name] of Object.entries(names.documents)) {
    parameters.set(name, toReading(name, options.documents?.[role as DocumentRole]));
  }
  const { config = [] } = options;
  const { configPaths } = names;
  const configs =
    options.configs ??
    configPaths.map((path, index) =>
      index < configPaths.length - 1 ? found([]) : configReading(path, config),
    );
  return {
    parameters,
    configs,
    settings: options.settingsItem ?? ABSENT,
    ecsConfig: options.ecsConfig ?? ABSENT,
    deployStatus: options.deployStatus ?? ABSENT,
    releaseRecord: options.releaseRecord ?? ABSENT,
    reviewSettings: ABSENT,
  };
}

function configReading(path: string, config: readonly string[] | Failure): Reading<readonly ParameterName[]> {
  if ('kind' in config) return unreadable(config);
  return found(
    config.map((name) => ({
      name: `${path}/${name}`,
      type: 'SecureString',
      version: 1,
      modifiedAt: NOW - 60_000,
    })),
  );
}

function toReading(name: string, document: unknown): Reading<Parameter> {
  if (document === undefined) return ABSENT;
  if (typeof document === 'string') return someParameter(name, document);
  if (isReading(document)) return document;
  return someParameter(name, JSON.stringify(document));
}

function isReading(document: unknown): document is Reading<Parameter> {
  return typeof document === 'object' && document !== null && 'state' in document;
}

export interface ServiceOptions {
  readonly app?: string;
  readonly service?: Partial<ObservedService>;
  readonly revision?: Partial<ObservedRevision>;
  readonly facts?: Partial<ServiceFacts>;
}

/** A service `<app>-<process>` with one task of 256/512 on Fargate, marked as the app's. */
export function someService(process = 'web', options: ServiceOptions = {}): ServiceFacts {
  const { servicePrefix, owner } = someNames(options.app);
  const name = `${servicePrefix}${process}`;
  const revision = someRevision(name, options.revision);
  return {
    process,
    service: name,
    reading: found({
      name,
      arn: `arn:aws:ecs:${REGION}:${ACCOUNT}:service/production/${name}`,
      clusterArn: CLUSTER_ARN,
      status: 'ACTIVE',
      desiredCount: 1,
      runningCount: 1,
      taskDefinition: revision.arn,
      controller: 'ECS',
      scheduling: 'REPLICA',
      strategy: 'ROLLING',
      launch: 'fargate',
      propagateTags: 'TASK_DEFINITION',
      breaker: true,
      deploymentConfiguration: { maximumPercent: 200, minimumHealthyPercent: 100 },
      deployments: [],
      tags: { [OWNER_TAG]: owner },
      placing: {},
      ...options.service,
    }),
    revision: found(revision),
    newest: found(revision),
    rivals: [],
    ...options.facts,
  };
}

/** A PRIMARY deployment that completed an hour ago. */
export function primary(changes: Partial<ObservedDeployment> = {}): ObservedDeployment {
  return {
    id: 'ecs-svc/1',
    status: 'PRIMARY',
    taskDefinition: revisionArn('shop-web', 5),
    rolloutState: 'COMPLETED',
    createdAt: NOW - 3_600_000,
    failedTasks: 0,
    ...changes,
  };
}

/** The same service as nobody marked it yet. */
export function unmarkedService(process = 'web', options: ServiceOptions = {}): ServiceFacts {
  return someService(process, { ...options, service: { tags: {}, ...options.service } });
}

/** Revision 5 of a family, of one container. */
export function someRevision(family = 'shop-web', changes: Partial<ObservedRevision> = {}): ObservedRevision {
  const revision = changes.revision ?? 5;
  return {
    arn: revisionArn(family, revision),
    family,
    revision,
    active: true,
    cpu: 256,
    memory: 512,
    fargate: true,
    executionRoleArn: `arn:aws:iam::${ACCOUNT}:role/execution`,
    containers: [{ name: 'web', cpu: 0, secrets: [], variables: [], logDriver: 'awslogs' }],
    bytes: 1_000,
    tags: {},
    ...changes,
  };
}

export function revisionArn(family: string, revision: number): string {
  return `arn:aws:ecs:${REGION}:${ACCOUNT}:task-definition/${family}:${revision}`;
}

/** A revision that trimtab registered. */
export function ownRevision(family: string, revision: number, digest: string): Reading<ObservedRevision> {
  return found(someRevision(family, { revision, tags: { [DIGEST_TAG]: digest } }));
}

export function someContext(status: Partial<Status> = {}, changes: Partial<PlanContext> = {}): PlanContext {
  return {
    key: { account: ACCOUNT, region: REGION, kind: 'app', name: 'shop' },
    status: { ...EMPTY_STATUS, ...status },
    now: NOW,
    ...changes,
  };
}
