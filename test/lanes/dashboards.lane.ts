import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ECSClient, UpdateServiceCommand } from '@aws-sdk/client-ecs';
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { COMMUNITY, dashboardQueries } from '../chart/queries.ts';
import { type Background, background, freePort, MAIN, until } from './kit.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'trimtab-dashboards-'));
/** How often Prometheus scrapes; a rate needs two samples in its window. */
const SCRAPE = '1s';
/** What the labels of a target are on Kubernetes; on ECS they are set where Prometheus is configured. */
const LABELS = { namespace: 'ops', pod: 'trimtab-0' };

let controller: Background;
let prometheus: Background;
let prometheusPort = 0;
let awsPort = 0;

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

async function ask(query: string): Promise<readonly Series[]> {
  const url = `http://127.0.0.1:${prometheusPort}/api/v1/query?query=${encodeURIComponent(query)}`;
  const answer = (await (await fetch(url)).json()) as { data?: { result: Series[] }; error?: string };
  if (answer.data === undefined) throw new Error(`${query}: ${answer.error}`);
  return answer.data.result;
}

/** The queries without an answer, or whose answers are no numbers, after having been asked for a while. */
async function unanswered(queries: readonly string[], limitMs: number): Promise<readonly string[]> {
  let open = queries;
  const deadline = Date.now() + limitMs;
  while (open.length > 0 && Date.now() < deadline) {
    const answers = await Promise.all(open.map(ask));
    open = open.filter((_query, index) => !answers[index]?.some(({ value }) => value[1] !== 'NaN'));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return open;
}

/** The example account, with an app that is as desired, one that somebody paused, and one in a cluster there is not. */
function world(): object {
  const text = readFileSync(join(ROOT, 'examples/worlds/shop.json'), 'utf8');
  const document = JSON.parse(text.replaceAll('shop-worker', 'calm-web').replaceAll('"worker"', '"web"'));
  const [account] = document.accounts;
  const size = { cpu: 256, memory: 512, min_processes: 1, max_processes: 1 };
  const parameters = account.ssm.parameters;
  parameters['/apppack/apps/shop/scaling'].json.web = {
    cpu: 512,
    memory: 1024,
    min_processes: 2,
    max_processes: 4,
  };
  parameters['/apppack/apps/calm/settings'] = { type: 'String', json: { cluster: 'main' } };
  parameters['/apppack/apps/calm/scaling'] = { type: 'String', json: { web: size } };
  parameters['/apppack/apps/lost/settings'] = { type: 'String', json: { cluster: 'gone' } };
  parameters['/apppack/apps/lost/scaling'] = { type: 'String', json: { web: size } };
  parameters['/apppack/apps/blog/paused'] = { type: 'String', value: 'holidays' };
  for (const definition of account.ecs.taskDefinitions) {
    if (definition.family === 'calm-web') delete definition.containerDefinitions[0].secrets;
  }
  return document;
}

beforeAll(async () => {
  const [port, metrics] = [await freePort(), await freePort()];
  [awsPort, prometheusPort] = [port, await freePort()];
  const worldFile = join(folder, 'world.json');
  writeFileSync(worldFile, JSON.stringify(world()));
  const config = join(folder, 'prometheus.yml');
  const target = { targets: [`127.0.0.1:${metrics}`], labels: LABELS };
  writeFileSync(
    config,
    JSON.stringify({
      global: { scrape_interval: SCRAPE, evaluation_interval: SCRAPE },
      rule_files: [join(ROOT, 'charts/trimtab/files/alerts.yaml')],
      scrape_configs: [{ job_name: 'trimtab', static_configs: [target] }],
    }),
  );
  prometheus = background('prometheus', [
    `--config.file=${config}`,
    `--storage.tsdb.path=${join(folder, 'data')}`,
    `--web.listen-address=127.0.0.1:${prometheusPort}`,
  ]);
  const flags = {
    'simulate-port': port,
    port: metrics,
    'api-port': 0,
    'sweep-seconds': 15,
    'quiet-seconds': 0,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, String(value)]);
  controller = background(process.execPath, [
    MAIN,
    'run',
    '--simulate',
    worldFile,
    ...args,
    '--log-format',
    'json',
  ]);
  await controller.says('trimtab is running');
  await until(
    'scrapes',
    async () => (await ask('count_over_time(trimtab_build_info[1m]) > 3').catch(() => [])).length > 0,
    30_000,
    () => prometheus.output() + controller.output(),
  );
  await until('a synced app', async () => (await ask('trimtab_app_synced{app="calm"} == 1')).length > 0);
  await live();
});

afterAll(async () => {
  await prometheus?.stop();
  await controller?.stop();
});

/** What happens on a bad day: a service changed by hand, a new size, a failed schedule, a dead letter. */
async function live(): Promise<void> {
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  const options = { endpoint: `http://127.0.0.1:${awsPort}`, region: 'us-east-1', credentials };
  const [ssm, ecs, sqs] = [new SSMClient(options), new ECSClient(options), new SQSClient(options)];
  const send = async (queue: string, body: object, group: object = {}) => {
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body), ...group }));
  };
  await ecs.send(new UpdateServiceCommand({ cluster: 'main', service: 'calm-web', desiredCount: 3 }));
  await send('trimtab-intake', {
    type: 'Scheduled Task Failed',
    source: 'aws.ecs',
    id: 'e-1',
    time: new Date().toISOString(),
    account: '123456789012',
    region: 'us-east-1',
    group: 'family:shop-scheduler',
  });
  await send('trimtab-work-dead.fifo', {}, { MessageGroupId: 'a', MessageDeduplicationId: 'a' });
  await until(
    'drift that was corrected',
    async () => (await ask('trimtab_drift_seconds_count > 0')).length > 0,
  );
  // A sweep in between may find it done first; then it is not measured.
  for (let count = 2; count < 6; count += 1) {
    const size = { cpu: 256, memory: 512, min_processes: count, max_processes: count };
    const Value = JSON.stringify({ web: size });
    await ssm.send(
      new PutParameterCommand({ Name: '/apppack/apps/calm/scaling', Value, Type: 'String', Overwrite: true }),
    );
    const measured = async () =>
      (await ask('increase(trimtab_converge_seconds_count{controller="app"}[1m]) > 0')).length > 0;
    if (
      await until('a measured change', measured, 9_000).then(
        () => true,
        () => false,
      )
    )
      return;
  }
}

describe('a real Prometheus that scraped a real run', () => {
  it('answers every query of the dashboard', async () => {
    const file = readFileSync(join(ROOT, 'charts/trimtab/files/dashboard.json'), 'utf8');
    const queries = dashboardQueries(JSON.parse(file));
    expect(queries.length).toBeGreaterThan(50);
    expect(await unanswered(queries, 40_000)).toEqual([]);
  });

  it('answers what dashboards of controller-runtime ask', async () => {
    expect(await unanswered(COMMUNITY, 10_000)).toEqual([]);
    expect(await unanswered(['trimtab_of_nothing'], 1_000)).toEqual(['trimtab_of_nothing']);
  });

  it('knows every metric, so that none is described and never there', async () => {
    const page = readFileSync(join(ROOT, 'docs/metrics.md'), 'utf8');
    const described = [...page.matchAll(/^\| `(\w+)` \| (counter|gauge|histogram)/gm)].map(
      ([, name, type]) => (type === 'histogram' ? `${name}_count` : `${name}`),
    );
    expect(described.length).toBeGreaterThan(40);
    expect(await unanswered(described, 5_000)).toEqual([]);
  });

  it('has loaded the alerts, and begins to fire those that are due', async () => {
    const due = ['TrimtabDesiredStateInvalid', 'TrimtabScheduledTaskFailing', 'TrimtabDeadLetters'];
    let rules: readonly Rule[] = [];
    const active = () => rules.filter(({ state }) => state !== 'inactive').map(({ name }) => name);
    // What SQS says of the queues is asked every 25 s at most.
    const isDue = async () => {
      rules = await readRules();
      return due.every((name) => active().includes(name));
    };
    await until(`alerts ${due.join()}`, isDue, 40_000, () => active().join());
    expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    expect(active()).not.toContain('TrimtabDown');
    expect(active()).not.toContain('TrimtabMistake');
  });
});

interface Rule {
  readonly name: string;
  readonly state: string;
  readonly health: string;
}

async function readRules(): Promise<readonly Rule[]> {
  const answer = await fetch(`http://127.0.0.1:${prometheusPort}/api/v1/rules`);
  const { data } = (await answer.json()) as { data: { groups: Array<{ rules: Rule[] }> } };
  return data.groups.flatMap((group) => group.rules);
}
