import { describe, expect, it } from 'vitest';
import {
  commandForm,
  type Definition,
  definitionDigest,
  type SchedulerEdits,
  schedulerDefinition,
  sourceForm,
} from '../../../../src/controllers/app/schedules/family.ts';
import { schedulerTags } from '../../../../src/controllers/app/schedules/tags.ts';
import { revisionArn } from '../builders.ts';

const web = {
  name: 'web',
  image: 'shop:1',
  essential: true,
  command: ['./web'],
  portMappings: [{ containerPort: 8000 }],
  healthCheck: { command: ['CMD', 'curl', 'localhost:8000'] },
  environment: [{ name: 'PASSWORD', value: 'canary-5c1b' }],
  secrets: [{ name: 'DATABASE_URL', valueFrom: 'arn:aws:ssm:us-east-1:123456789012:parameter/x' }],
  logConfiguration: {
    logDriver: 'awslogs',
    options: { 'awslogs-group': '/shop', 'awslogs-stream-prefix': 'web' },
  },
};

function someDefinition(changes: object = {}, container: object = {}): Definition {
  return {
    taskDefinitionArn: revisionArn('shop-web', 5),
    revision: 5,
    status: 'ACTIVE',
    family: 'shop-web',
    cpu: '256',
    memory: '512',
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    taskRoleArn: 'arn:aws:iam::123456789012:role/task',
    containerDefinitions: [{ ...web, ...container }],
    ...changes,
  } as Definition;
}

const edits: SchedulerEdits = { process: 'web', source: {}, size: {}, launcher: false };
const made = (definition: Definition, changes: Partial<SchedulerEdits> = {}) =>
  schedulerDefinition(definition, { ...edits, ...changes });
const digest = (definition: Definition, changes: Partial<SchedulerEdits> = {}) =>
  definitionDigest(made(sourceForm(definition), changes));

describe('the definition of scheduled tasks', () => {
  it('takes image, roles, secrets and logging of the process, and neither ports nor command', () => {
    const { portMappings: _ports, healthCheck: _check, command: _command, ...kept } = web;
    const { taskDefinitionArn: _arn, revision: _revision, status: _status, ...rest } = someDefinition();
    expect(made(someDefinition())).toEqual({
      ...rest,
      containerDefinitions: [
        {
          ...kept,
          name: 'scheduler',
          logConfiguration: {
            logDriver: 'awslogs',
            options: { 'awslogs-group': '/shop', 'awslogs-stream-prefix': 'scheduler' },
          },
        },
      ],
    });
  });

  it('puts the container of the process first, and keeps others pointing at it', () => {
    const sidecars = [
      {
        name: 'proxy',
        portMappings: [{ containerPort: 80 }],
        links: ['web', 'web:app', 'other'],
        dependsOn: [
          { containerName: 'web', condition: 'HEALTHY' },
          { containerName: 'other', condition: 'START' },
        ],
        volumesFrom: [{ sourceContainer: 'web' }],
      },
      { name: 'other' },
    ];
    const { containerDefinitions } = made(
      someDefinition({ containerDefinitions: [...sidecars, { ...web, essential: false }] }),
    );
    expect(containerDefinitions).toMatchObject([
      { name: 'scheduler', essential: true },
      {
        name: 'proxy',
        links: ['scheduler:web', 'scheduler:app', 'other'],
        dependsOn: [{ containerName: 'other', condition: 'START' }],
        volumesFrom: [{ sourceContainer: 'scheduler' }],
      },
      { name: 'other' },
    ]);
    expect(containerDefinitions?.[1]).not.toHaveProperty('portMappings');
  });

  it('keeps the name of the container when another one is called scheduler', () => {
    const definition = someDefinition({ containerDefinitions: [web, { name: 'scheduler' }] });
    expect(commandForm(made(definition))).toEqual({ container: 'web', wrap: 'shell' });
  });

  it('takes the first container where none is named like the process', () => {
    const definition = someDefinition({ containerDefinitions: [{ name: 'app' }, { name: 'log' }] });
    expect(made(definition).containerDefinitions?.map(({ name }) => name)).toEqual(['scheduler', 'log']);
  });

  it('has the size that was asked for, and else the size the process is to get', () => {
    const source = { size: { cpu: 512, memory: 1024 } };
    expect(made(someDefinition(), { source })).toMatchObject({ cpu: '512', memory: '1024' });
    expect(made(someDefinition(), { source, size: { cpu: 1024, memory: 2048 } })).toMatchObject({
      cpu: '1024',
      memory: '2048',
    });
  });

  it.each([
    ['a Dockerfile image', {}, false, undefined, 'shell'],
    ['an entry point that execs its arguments', { entryPoint: ['/entry.sh'] }, false, ['/entry.sh'], 'shell'],
    ['a shell as entry point', { entryPoint: ['/bin/sh', '-c'] }, false, ['/bin/sh', '-c'], 'single'],
    ['an image of buildpacks', {}, true, ['/cnb/lifecycle/launcher'], 'single'],
    [
      'an image of buildpacks started by its web process',
      { entryPoint: ['/cnb/process/web'] },
      true,
      ['/cnb/lifecycle/launcher'],
      'single',
    ],
  ])('runs commands as the image needs it: %s', (_what, container, launcher, entryPoint, wrap) => {
    const definition = made(someDefinition({}, container), { launcher });
    expect(definition.containerDefinitions?.[0]?.entryPoint).toEqual(entryPoint);
    expect(commandForm(definition).wrap).toBe(wrap);
  });
});

describe('what is kept of a process to tell when its scheduler changes', () => {
  it('has no value of any variable and none of its command', () => {
    const kept = JSON.stringify(sourceForm(someDefinition()));
    expect(kept).not.toContain('canary');
    expect(kept).not.toContain('./web');
  });

  it.each([
    [
      'its revision',
      { revision: 6, taskDefinitionArn: revisionArn('shop-web', 6), registeredAt: new Date(0) },
      {},
    ],
    ['its ports', {}, { portMappings: [{ containerPort: 9000 }] }],
    ['its command', {}, { command: ['./other'] }],
    ['its health check', {}, { healthCheck: undefined }],
    [
      'its log prefix',
      {},
      {
        logConfiguration: {
          ...web.logConfiguration,
          options: { ...web.logConfiguration.options, 'awslogs-stream-prefix': 'x' },
        },
      },
    ],
  ])('is the same with other %s', (_what, changes, container) => {
    expect(digest(someDefinition(changes, container))).toBe(digest(someDefinition()));
  });

  it.each([
    ['image', {}, { image: 'shop:2' }],
    ['a variable', {}, { environment: [{ name: 'PASSWORD', value: 'other' }] }],
    ['a secret', {}, { secrets: [] }],
    [
      'a log group',
      {},
      { logConfiguration: { ...web.logConfiguration, options: { 'awslogs-group': '/x' } } },
    ],
    ['a role', { taskRoleArn: 'arn:aws:iam::123456789012:role/other' }, {}],
    ['a size', { cpu: '512', memory: '1024' }, {}],
    ['an entry point', {}, { entryPoint: ['/entry.sh'] }],
    ['a sidecar', { containerDefinitions: [web, { name: 'log' }] }, {}],
  ])('is another with another %s', (_what, changes, container) => {
    expect(digest(someDefinition(changes, container))).not.toBe(digest(someDefinition()));
  });

  it('is the same before and after the revision that an edit asks for is there', () => {
    const source = { size: { cpu: 512, memory: 1024 } };
    const resized = someDefinition({ revision: 6, cpu: '512', memory: '1024' });
    expect(digest(someDefinition(), { source })).toBe(digest(resized));
  });

  it('does not mind the order in which ECS shows lists', () => {
    const variables = [
      { name: 'A', value: '1' },
      { name: 'B', value: '2' },
    ];
    const secrets = [
      { name: 'C', valueFrom: 'c' },
      { name: 'D', valueFrom: 'd' },
    ];
    const ordered = someDefinition({}, { environment: variables, secrets });
    const reversed = someDefinition(
      {},
      { environment: [...variables].reverse(), secrets: [...secrets].reverse() },
    );
    expect(digest(reversed)).toBe(digest(ordered));
  });
});

describe('tags of the scheduler', () => {
  const marks = { owner: '/apppack/apps/shop', digest: '0123456789abcdef' };
  const tagged = (tags: Record<string, string>) =>
    Object.fromEntries(schedulerTags(tags, marks).map(({ key, value }) => [key, value]));

  it('are those of the process with its own process type', () => {
    const tags = { 'apppack:appName': 'shop', 'apppack:processType': 'web', 'apppack:buildNumber': '7' };
    expect(tagged(tags)).toEqual({
      'apppack:appName': 'shop',
      'apppack:processType': 'scheduler',
      'apppack:buildNumber': '7',
      'trimtab:owner': marks.owner,
      'trimtab:digest': marks.digest,
    });
  });

  it('have no process type where AppPack has not tagged anything', () => {
    expect(tagged({ team: 'shop' })).not.toHaveProperty('apppack:processType');
  });
});
