import type { Reading } from '../../../reconcile/reading.ts';
import type { ObservedRevision, Tags } from '../services/observed.ts';
import { type Definition, sourceForm, usesLauncher } from './family.ts';
import type { Launching, TargetDocument } from './targets.ts';

/** The tag that says how an image was made; AppPack puts it on the definition of the app's shell. */
const BUILD_SYSTEM_TAG = 'apppack:buildSystem';

/** A rule as EventBridge lists it. */
export interface ObservedRule {
  readonly name: string;
  readonly description: string;
  /** Empty for a rule without a schedule. */
  readonly expression: string;
  readonly enabled: boolean;
  /** It has an event pattern or a role of its own, which ours never have. */
  readonly altered: boolean;
  /** The AWS service that owns it. */
  readonly managedBy?: string;
}

/** How one process of the app runs, which is how its scheduled tasks are to run. */
export interface SourceFacts {
  readonly process: string;
  readonly definition: Reading<Definition>;
  readonly launch: Launching;
  /** Whether its image was made by buildpacks, where the process itself tells. */
  readonly launcher?: boolean;
}

/** Everything a pass knows of an app's schedules. */
export interface SchedulesFacts {
  /** Rules whose name begins as ours do, marked or not. */
  readonly rules: Reading<readonly ObservedRule[]>;
  /** Targets by rule, of those rules whose targets were read. */
  readonly targets: Readonly<Record<string, Reading<readonly TargetDocument[]>>>;
  /** One for each service that was found. */
  readonly sources: readonly SourceFacts[];
  /** The newest revision of the scheduler's family; read only when another one may be wanted. */
  readonly newest?: Reading<ObservedRevision>;
  /** Tags of the definition of the app's shell; read only when the process does not tell how it was built. */
  readonly shell?: Reading<Tags>;
  /** What holds where the app's settings name no role. */
  readonly eventsRoleArn?: string;
  /** How often targets are looked at although nothing hints that they changed; 0 is never. */
  readonly checkEveryMs: number;
}

/** The members of EventBridge's `Rule` that are used. */
export interface RuleDocument {
  readonly Name?: string | undefined;
  readonly Description?: string | undefined;
  readonly ScheduleExpression?: string | undefined;
  readonly EventPattern?: string | undefined;
  readonly RoleArn?: string | undefined;
  readonly State?: string | undefined;
  readonly ManagedBy?: string | undefined;
}

export function normalRule(rule: RuleDocument): ObservedRule {
  return {
    name: rule.Name ?? '',
    description: rule.Description ?? '',
    expression: rule.ScheduleExpression ?? '',
    enabled: rule.State === 'ENABLED',
    altered: rule.EventPattern !== undefined || rule.RoleArn !== undefined,
    ...(rule.ManagedBy === undefined ? {} : { managedBy: rule.ManagedBy }),
  };
}

/** The members of ECS's `Service` that say how it starts tasks. */
export interface LaunchDocument {
  readonly launchType?: string | undefined;
  readonly capacityProviderStrategy?:
    | ReadonlyArray<{
        readonly capacityProvider?: string | undefined;
        readonly weight?: number | undefined;
        readonly base?: number | undefined;
      }>
    | undefined;
  readonly networkConfiguration?:
    | {
        readonly awsvpcConfiguration?:
          | {
              readonly subnets?: readonly string[] | undefined;
              readonly securityGroups?: readonly string[] | undefined;
              readonly assignPublicIp?: string | undefined;
            }
          | undefined;
      }
    | undefined;
}

/** How a service starts tasks, in normal form. */
export function launchingOf(service: LaunchDocument): Launching {
  const strategy = service.capacityProviderStrategy ?? [];
  const launchType = (['EC2', 'FARGATE', 'EXTERNAL'] as const).find((one) => one === service.launchType);
  const vpc = service.networkConfiguration?.awsvpcConfiguration;
  return {
    ...(strategy.length > 0
      ? {
          capacityProviders: strategy.map((one) => ({
            capacityProvider: one.capacityProvider ?? '',
            weight: one.weight ?? 0,
            base: one.base ?? 0,
          })),
        }
      : launchType === undefined
        ? {}
        : { launchType }),
    ...(vpc === undefined ? {} : { network: networkOf(vpc) }),
  };
}

interface Vpc {
  readonly subnets?: readonly string[] | undefined;
  readonly securityGroups?: readonly string[] | undefined;
  readonly assignPublicIp?: string | undefined;
}

/** ECS's `awsvpcConfiguration` with its defaults. */
export function networkOf(vpc: Vpc): NonNullable<Launching['network']> {
  return {
    subnets: vpc.subnets ?? [],
    securityGroups: vpc.securityGroups ?? [],
    assignPublicIp: vpc.assignPublicIp === 'ENABLED' ? 'ENABLED' : 'DISABLED',
  };
}

/** A process's definition as facts keep it, and whether it tells how its image was made. */
export interface Source {
  readonly form: Definition;
  readonly launcher?: boolean;
}

const sources = new WeakMap<object, Map<string, Source>>();

/** What a process starts from. Readers keep what ECS answered, so it is made once of each answer. `tags` are those of `read`. */
export function normalSource(
  read: { readonly definition: Definition },
  tags: () => Tags,
  process: string,
): Source {
  const known = sources.get(read) ?? new Map<string, Source>();
  const made = known.get(process) ?? sourceFrom(read.definition, tags(), process);
  sources.set(read, known.set(process, made));
  return made;
}

function sourceFrom(definition: Definition, tags: Tags, process: string): Source {
  const tagged = tags[BUILD_SYSTEM_TAG];
  const form = sourceForm(definition);
  if (tagged !== undefined) return { form, launcher: isBuildpacks(tagged) };
  return usesLauncher(definition, process) ? { form, launcher: true } : { form };
}

/**
 * What the definition of the app's shell says of the image: AppPack's tools take a missing tag there for
 * buildpacks. A definition that has none of AppPack's tags says nothing.
 */
export function launcherByShell(shell: Reading<Tags>): boolean {
  if (shell.state !== 'found') return false;
  const isAppPacks = Object.keys(shell.value).some((key) => key.startsWith('apppack:'));
  return isAppPacks && isBuildpacks(shell.value[BUILD_SYSTEM_TAG] ?? '');
}

/** apppack.toml says `buildpack` where the tag says `buildpacks`; empty is buildpacks, too. */
function isBuildpacks(system: string): boolean {
  return system === '' || system === 'buildpacks' || system === 'buildpack';
}
