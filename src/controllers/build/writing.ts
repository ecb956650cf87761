import { canonicalJson, digestOf } from '../../reconcile/plan.ts';
import { type ReleaseRecord, titleOf } from '../../store/releases.ts';
import type { BuildAction, Nudge, RunTask, WriteBuild, WriteRelease } from './actions.ts';
import type { Effected } from './effects.ts';
import type { Request } from './known.ts';
import { requestId, type Scene } from './looking.ts';
import type { Step } from './task-steps.ts';

/**
 * The record first, once; what starts a task waits until the record says all that was known before, so that one
 * write tells of it. Then the release record, then the app's key is made to look.
 */
export function actionsFor(request: Request, effected: Effected, scene: Scene): readonly BuildAction[] {
  const { before = [], record, release, nudge } = effected;
  const isBehind = differs(request, request.record);
  const starts = before.filter((action): action is RunTask => action.type === 'runTask');
  const held = isBehind && starts.length > 0;
  const first = held ? [] : before;
  const write = writeBuild(request, held ? { record: request.record } : { record, before: first }, scene);
  const writes = write === undefined ? [] : [write];
  const releasing = release === undefined ? [] : [writeRelease(release, writes, scene)];
  const after = [...writes, ...releasing].map(({ id }) => id);
  return [...first, ...writes, ...releasing, ...(nudge === true ? [nudgeApp(request, after, scene)] : [])];
}

/** Whether the table does not say what it should of a request. */
export function differs(request: Request, record: Request['record']): boolean {
  if (request.stored === undefined) return Object.keys(record.phases).length > 0;
  const { revision: _ours, ...next } = record;
  const { revision: _stored, ...stored } = request.stored;
  return canonicalJson(next) !== canonicalJson(stored);
}

function writeBuild(
  request: Request,
  { record, before = [] }: Step,
  { facts }: Scene,
): WriteBuild | undefined {
  if (before.length === 0 && !differs(request, record)) return undefined;
  const [action] = before;
  return {
    id: requestId(request, 'record'),
    type: 'writeBuild',
    resource: `the record of ${titleOf(record.source, record.buildNumber)} of ${record.app}`,
    record,
    owner: facts.names.owner,
    ...(action === undefined ? {} : { after: [action.id] }),
    ...(action?.type === 'runTask' ? { started: { task: action.task, by: action.id } } : {}),
    ...(action?.type === 'copyLog' ? { copied: { task: taskIn(action.id), by: action.id } } : {}),
  };
}

function taskIn(id: string): 'release' | 'postdeploy' {
  return id.endsWith('/postdeploy-log') ? 'postdeploy' : 'release';
}

function writeRelease(record: ReleaseRecord, writes: readonly WriteBuild[], { facts }: Scene): WriteRelease {
  const { app, owner, items } = facts.names;
  return {
    id: 'release/record',
    type: 'writeRelease',
    resource: `the release record of ${app}`,
    key: items.release,
    record,
    owner,
    ...(writes.length === 0 ? {} : { after: writes.map(({ id }) => id) }),
  };
}

function nudgeApp(request: Request, after: readonly string[], { facts, now, status, release }: Scene): Nudge {
  const [account = '', region = ''] = placeOf(facts.names.items.appStatus.partition);
  const { app } = facts.names;
  return {
    id: requestId(request, 'nudge'),
    type: 'nudge',
    resource: `key app/${app}`,
    key: { account, region, kind: 'app', name: app },
    cause: `release-${digestOf([request.source, now, status.revision])}`,
    fingerprint: digestOf([request.source, release?.revision]),
    ...(after.length === 0 ? {} : { after }),
  };
}

/** `TRIMTAB#<account>/<region>` */
function placeOf(partition: string): readonly string[] {
  return partition.slice(partition.indexOf('#') + 1).split('/');
}
