import { asDocument, type Document, documentsIn } from '../../../src/replay/documents.ts';
import type { Evidence } from '../../../src/replay/evidence.ts';
import type { LoggedCall } from '../../../src/simulator/region.ts';
import { instantAt, START } from '../kit.ts';
import { type Tampering, withCalls, withChanges } from './kit.ts';

/** The account at the end with a section of it changed. */
function withSection(evidence: Evidence, name: string, change: (section: Document) => Document): Evidence {
  const { world } = evidence.end;
  const accounts = world.accounts.map((account) => ({
    ...account,
    [name]: change(asDocument(asDocument(account)[name])),
  }));
  return { ...evidence, end: { ...evidence.end, world: { ...world, accounts } } };
}

const withTasks = (evidence: Evidence, change: (tasks: readonly Document[]) => readonly Document[]) =>
  withSection(evidence, 'ecs', (section) => ({ ...section, tasks: change(documentsIn(section.tasks)) }));

const withBuilds = (evidence: Evidence, change: (build: Document) => Document) =>
  withSection(evidence, 'codebuild', (section) => ({
    ...section,
    builds: documentsIn(section.builds).map(change),
  }));

/** The table at the end with each item changed, or left out. */
const withItems = (evidence: Evidence, change: (item: Document) => Document | undefined) =>
  withSection(evidence, 'dynamodb', (section) => ({
    ...section,
    tables: documentsIn(section.tables).map((table) => ({
      ...table,
      items: documentsIn(table.items).flatMap((item) => change(item) ?? []),
    })),
  }));

const isRelease = ({ startedBy }: Document) => String(startedBy).startsWith('trimtab/');
const isRecord = ({ secondary_id: sort }: Document) => String(sort).startsWith('BUILD#');

/** The last update of a build's record, once more and later, with its phase `build` as it was never told. */
function retold(evidence: Evidence, state: string): Evidence {
  const last = evidence.calls.findLast(
    ({ operation, input }) =>
      operation === 'UpdateItem' &&
      isRecord({ secondary_id: asDocument(asDocument(input.Key).secondary_id).S }),
  );
  if (last === undefined) throw new Error('the good case wrote no record');
  const names = Object.entries(asDocument(last.input.ExpressionAttributeNames));
  const place = names.find(([, name]) => name === 'build')?.[0].replace('#', ':') ?? '';
  const values = asDocument(last.input.ExpressionAttributeValues);
  const phase = { M: { ...asDocument(asDocument(values[place]).M), state: { S: state } } };
  const input = { ...last.input, ExpressionAttributeValues: { ...values, [place]: phase } };
  return withCalls(evidence, { ...last, at: START + 300_000, endedAt: START + 300_000, input });
}

/** The last registration of a service's revision, as if it had been made at another time or of another build. */
function registered(evidence: Evidence, changes: Partial<LoggedCall>): Evidence {
  const last = evidence.calls.findLast(
    ({ operation, input }) => operation === 'RegisterTaskDefinition' && input.family === 'shop-web',
  );
  if (last === undefined) throw new Error('the good case registered nothing');
  return withCalls(evidence, { ...last, ...changes });
}

const REVIEW_APP = '/apppack/pipelines/pipe/review-apps/pr/7';

/** A review app that was opened and closed. */
const closed = (evidence: Evidence) =>
  withChanges(
    evidence,
    { at: instantAt(1), type: 'put', name: REVIEW_APP, json: { status: 'created' } },
    { at: instantAt(2), type: 'delete', name: REVIEW_APP },
  );

const OWNER = '/apppack/apps/pipe:7';

/** What builds, releases and review apps must not come to. The good case has a build that worked and one that failed. */
export const BUILDING: readonly Tampering[] = [
  [
    'I23',
    'a release task ran twice',
    (e) =>
      withTasks(e, (tasks) => [
        ...tasks,
        ...tasks.filter(isRelease).map((task) => ({ ...task, createdAt: instantAt(90) })),
      ]),
    /shop-release ran twice for one release, at .* and 90 s/,
  ],
  [
    'I23',
    'two release tasks ran beside one another',
    (e) =>
      withTasks(e, (tasks) => [
        ...tasks,
        ...tasks.filter(isRelease).map((task) => ({ ...task, startedBy: 'trimtab/another' })),
      ]),
    /shop-release began at .*, while that of .* ran/,
  ],
  [
    'I24',
    'a phase that had succeeded failed later',
    (e) => retold(e, 'started'),
    /APP#shop BUILD#\d+: build became started at 300 s, after it was succeeded/,
  ],
  [
    'I25',
    'nothing is told of a build',
    (e) => withItems(e, (item) => (isRecord(item) ? undefined : item)),
    /nothing is told of the build of shop that began at 10 s/,
  ],
  [
    'I25',
    'a build is told otherwise than CodeBuild has it',
    (e) => withBuilds(e, (build) => ({ ...build, status: 'FAILED' })),
    /BUILD#0000000001 of shop is not told as CodeBuild has it: FAILED/,
  ],
  [
    'I25',
    'a record stays open',
    (e) => withItems(e, (item) => (isRecord(item) ? { ...item, deploy: { state: 'started' } } : item)),
    /BUILD#0000000001 of shop has no end/,
  ],
  [
    'I25',
    'a release stays open',
    (e) =>
      withItems(e, (item) =>
        item.secondary_id === 'RELEASE#shop'
          ? { ...item, value: { ...asDocument(item.value), candidate: {} } }
          : item,
      ),
    /the release of shop has no end/,
  ],
  [
    'I26',
    'an older release serves',
    (e) =>
      withItems(e, (item) =>
        item.secondary_id === 'RELEASE#shop'
          ? { ...item, value: { ...asDocument(item.value), current: { sequence: START } } }
          : item,
      ),
    /shop is to run the release of 0 s, though that of 10.\d+ s worked/,
  ],
  [
    'I26',
    'the youngest build gave way',
    (e) =>
      withItems(e, (item) =>
        isRecord(item) && String(item.secondary_id).endsWith('2')
          ? { ...item, trimtab_outcome: 'superseded' }
          : item,
      ),
    /the build of shop that began at 51.\d+ s gave way to an older one/,
  ],
  [
    'I27',
    'a review app that was closed left a service, a revision and a record',
    (e) => {
      const tags = [{ key: 'trimtab:owner', value: OWNER }];
      const left = withSection(closed(e), 'ecs', (section) => ({
        ...section,
        services: [{ name: 'pipe-pr7-web', tags, state: { status: 'ACTIVE' } }],
        taskDefinitions: [{ family: 'pipe-pr7-web', tags, status: 'ACTIVE' }],
      }));
      return withItems(left, (item) =>
        isRecord(item) ? { ...item, primary_id: 'APP#pipe:7', trimtab_owner: OWNER } : item,
      );
    },
    /left the service pipe-pr7-web\n.*left the task definition pipe-pr7-web\n.*left the record BUILD#/,
  ],
  [
    'I27',
    'a review app that was closed left a parameter',
    (e) =>
      withSection(closed(e), 'ssm', (section) => ({
        ...section,
        parameters: { ...asDocument(section.parameters), [`${REVIEW_APP}/config/OWN`]: {} },
      })),
    /pipe:7 is closed, but left \/apppack\/pipelines\/pipe\/review-apps\/pr\/7\/config\/OWN/,
  ],
  [
    'I28',
    'a service got an image before it was built',
    (e) => registered(e, { at: START + 11_000 }),
    /shop-web got the image of build 1 at 11 s, which did not succeed/,
  ],
  [
    'I28',
    'a service got an image whose release task failed',
    (e) =>
      withTasks(e, (tasks) =>
        tasks.map((task) =>
          isRelease(task)
            ? { ...task, containers: documentsIn(task.containers).map((one) => ({ ...one, exitCode: 1 })) }
            : task,
        ),
      ),
    /shop-web got the image of build 1 at .*, whose task shop-release failed/,
  ],
  [
    'I22',
    'an intent of a build stays open',
    (e) => {
      const intents = [{ action: 'builds/1/release', digest: 'x', at: START }];
      const builds = new Map([...e.end.builds].map(([app, status]) => [app, { ...status, intents }]));
      return { ...e, end: { ...e.end, builds } };
    },
    /build of shop: the intent builds\/1\/release is still open/,
  ],
];
