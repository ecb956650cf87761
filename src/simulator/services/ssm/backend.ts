import { hash } from 'node:crypto';
import type { CancelTimer } from '../../../reconcile/ports.ts';
import { AwsError } from '../../errors.ts';
import type { Caller, RegionContext } from '../../region.ts';
import { setAlarm } from '../alarm.ts';
import { type Policy, policyActsAt } from './policies.ts';
import {
  createParameterStore,
  newestVersion,
  type Parameter,
  type ParameterStore,
  type ParameterVersion,
  resourceOf,
} from './state.ts';

type ChangeOperation = 'Create' | 'Update' | 'Delete' | 'LabelParameterVersion';

/** The key SecureStrings use when no other is named. */
export const DEFAULT_KEY = 'alias/aws/ssm';

/** What all operations of Parameter Store share. */
export interface Backend {
  readonly context: RegionContext;
  readonly store: ParameterStore;
  /** KMS keys and aliases that exist beside the default one. */
  readonly keys: Set<string>;
  arnOf(name: string): string;
  authorize(action: string, name: string, caller: Caller): void;
  /** Checks that the caller may use the key of a SecureString. */
  authorizeKey(action: string, keyId: string | undefined, caller: Caller): void;
  /** Stores (or with `undefined` deletes) a parameter and tells EventBridge. */
  change(operation: ChangeOperation, name: string, parameter: Parameter | undefined): void;
  /** Stores a parameter without telling anybody: tags, and worlds being loaded. */
  replace(parameter: Parameter): void;
  /** Forgets every parameter. */
  clear(): void;
  /** The value as a reader gets it. */
  readValue(parameter: Parameter, version: ParameterVersion, decrypted: boolean): string;
}

/** The state of Parameter Store in one account and region. */
export function createBackend(context: RegionContext): Backend {
  const store = createParameterStore(() => context.clock.now());
  const alarms = new Map<string, readonly CancelTimer[]>();
  const arnOf = (name: string): string => context.arn('ssm', `parameter/${resourceOf(name)}`);
  const watch = (name: string, parameter: Parameter | undefined): void => {
    for (const cancel of alarms.get(name) ?? []) cancel();
    if (parameter === undefined) alarms.delete(name);
    else alarms.set(name, watchPolicies(backend, parameter));
  };
  const backend: Backend = {
    context,
    store,
    keys: new Set(),
    arnOf,
    authorize: (action, name, caller) => context.authorize(`ssm:${action}`, arnOf(name), caller),
    authorizeKey: (action, keyId, caller) =>
      context.authorize(`kms:${action}`, keyArn(context, keyId ?? DEFAULT_KEY), caller),
    change(operation, name, parameter) {
      const described = parameter ?? store.actual(name);
      store.set(name, parameter, drawLag(context));
      watch(name, parameter);
      if (described !== undefined) emitChange(backend, operation, described);
    },
    replace(parameter) {
      store.set(parameter.name, parameter, 0);
      watch(parameter.name, parameter);
    },
    clear() {
      for (const name of [...alarms.keys()]) watch(name, undefined);
      store.clear();
    },
    readValue: (parameter, version, decrypted) =>
      parameter.type === 'SecureString' && !decrypted
        ? ciphertext(arnOf(parameter.name), version)
        : version.value,
  };
  return backend;
}

/** AWS answers this without any text. */
export function parameterNotFound(): AwsError {
  return new AwsError('ParameterNotFound', '');
}

/** Read-after-write is nowhere promised to be strong, so it is not, when the weather says so. */
function drawLag(context: RegionContext): number {
  const staleReadsMs = context.weather.staleReadsMs;
  return staleReadsMs > 0 ? Math.floor(context.random() * staleReadsMs) : 0;
}

/**
 * Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
 * There is no value, no version and no user in it.
 */
function emitChange(backend: Backend, operation: ChangeOperation, parameter: Parameter): void {
  const { description } = newestVersion(parameter);
  backend.context.emit({
    source: 'aws.ssm',
    detailType: 'Parameter Store Change',
    resources: [backend.arnOf(parameter.name)],
    detail: {
      operation,
      name: parameter.name,
      type: parameter.type,
      ...(description === undefined ? {} : { description }),
    },
  });
}

/** Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html */
function watchPolicies(backend: Backend, parameter: Parameter): readonly CancelTimer[] {
  const { policies, modifiedAt } = newestVersion(parameter);
  return policies.flatMap((policy) => {
    const at = policyActsAt(policy, policies, modifiedAt);
    if (at === undefined || (policy.type !== 'Expiration' && at < backend.context.clock.now())) return [];
    return [setAlarm(backend.context.clock, at, () => actOn(backend, parameter, policy))];
  });
}

function actOn(backend: Backend, parameter: Parameter, policy: Policy): void {
  backend.context.emit({
    source: 'aws.ssm',
    detailType: 'Parameter Store Policy Action',
    resources: [backend.arnOf(parameter.name)],
    detail: {
      'parameter-name': parameter.name,
      'parameter-type': parameter.type,
      'policy-type': policy.type,
      'policy-content': policy.text,
      'action-status': 'Success',
      'action-reason': reasons[policy.type],
    },
  });
  if (policy.type === 'Expiration') backend.change('Delete', parameter.name, undefined);
}

const reasons: Readonly<Record<Policy['type'], string>> = {
  Expiration: 'The parameter has been deleted because it expired.',
  ExpirationNotification: 'The parameter is about to expire.',
  NoChangeNotification: 'The parameter has not been changed for the time given by the policy.',
};

function keyArn(context: RegionContext, keyId: string): string {
  if (keyId.startsWith('arn:')) return keyId;
  return context.arn('kms', keyId.startsWith('alias/') ? keyId : `key/${keyId}`);
}

const ciphertexts = new WeakMap<ParameterVersion, string>();

/** Looks like KMS output and has nothing of the value in it. A version is of one parameter, and keeps its text. */
function ciphertext(arn: string, version: ParameterVersion): string {
  const known = ciphertexts.get(version);
  if (known !== undefined) return known;
  const made = newCiphertext(arn, version);
  ciphertexts.set(version, made);
  return made;
}

function newCiphertext(arn: string, version: ParameterVersion): string {
  let text = 'AQICAH';
  for (let block = 0; block < 4; block += 1) {
    text += hash('sha512', `${arn}#${version.version}#${version.modifiedAt}#${block}`, 'base64url');
  }
  return text;
}
