import { describe, expect, it } from 'vitest';
import { fillWorld } from '../../src/replay/filling.ts';
import { redact } from '../../src/replay/redact.ts';
import { parseSnapshot } from '../../src/replay/snapshot.ts';
import { instantAt, snapshotOf, textOf } from './kit.ts';

const CANARY = 'canary-9f3a';

describe('what a snapshot never holds', () => {
  it('is dropped when one is read, wherever it stands', () => {
    const snapshot = snapshotOf({
      shop: {
        definition: {
          containerDefinitions: [
            {
              name: 'web',
              image: 'example.com/shop:1',
              environment: [{ name: 'API_KEY', value: CANARY }],
              dockerLabels: { traefik: CANARY },
              secrets: [{ name: 'DATABASE_URL', valueFrom: '/apppack/apps/shop/config/DATABASE_URL' }],
              logConfiguration: {
                logDriver: 'splunk',
                options: { 'splunk-token': CANARY, 'awslogs-group': 'kept' },
              },
            },
          ],
        },
        parameters: {
          '/apppack/apps/shop/config/DATABASE_URL': { type: 'SecureString', value: CANARY },
          '/apppack/apps/shop/config/PLAIN': { type: 'String', value: CANARY, history: [{ value: CANARY }] },
          '/apppack/apps/shop/config/JSON': { json: { password: CANARY } },
          '/apppack/apps/shop/config/LIST': { type: 'StringList', value: CANARY },
          '/apppack/apps/shop/release': { type: 'SecureString', value: CANARY },
        },
      },
    });
    const timeline = [
      { at: instantAt(1), type: 'put', name: '/apppack/apps/shop/config/PLAIN', value: CANARY },
      {
        at: instantAt(2),
        type: 'put',
        name: '/apppack/apps/shop/scaling',
        kind: 'SecureString',
        value: CANARY,
      },
      {
        at: instantAt(3),
        type: 'call',
        service: 'ecs',
        operation: 'RegisterTaskDefinition',
        input: { containerDefinitions: [{ environment: [{ name: 'A', value: CANARY }] }] },
      },
      {
        at: instantAt(4),
        type: 'call',
        service: 'ecs',
        operation: 'RunTask',
        input: {
          overrides: { containerOverrides: [{ name: 'web', environment: [{ name: 'A', value: CANARY }] }] },
        },
      },
      {
        at: instantAt(5),
        type: 'call',
        service: 'events',
        operation: 'PutTargets',
        input: {
          Targets: [
            {
              Input: JSON.stringify({
                containerOverrides: [{ environment: [{ name: 'A', value: CANARY }] }],
              }),
            },
          ],
        },
      },
      {
        at: instantAt(6),
        type: 'item',
        item: {
          primary_id: 'APP#shop',
          secondary_id: 'CONFIG#ecs',
          value: { Environment: [{ Name: 'A', Value: CANARY }] },
        },
      },
    ];
    const dirty = JSON.stringify({ ...snapshot, timeline }).replaceAll(
      '"environment":[{"name":"API_KEY"}]',
      `"environment":[{"name":"API_KEY","value":"${CANARY}"}]`,
    );
    expect(dirty).toContain(CANARY);
    const clean = textOf(parseSnapshot(dirty));
    expect(clean).not.toContain(CANARY);
    expect(clean).toContain('API_KEY');
    expect(clean).toContain('splunk-token');
    expect(clean).toContain('"awslogs-group": "kept"');
    expect(clean).toContain('/apppack/apps/shop/config/DATABASE_URL');
  });

  it('is replaced by placeholders that a simulated account can be filled with', () => {
    const snapshot = snapshotOf({
      shop: { parameters: { '/apppack/apps/shop/config/A': { type: 'SecureString', value: CANARY } } },
    });
    const filled = JSON.stringify(fillWorld(snapshot.world, 'apppack'));
    expect(filled).not.toContain(CANARY);
    expect(filled).toContain(
      '"/apppack/apps/shop/config/A":{"type":"SecureString","value":"(no secret is in a snapshot)"}',
    );
  });

  it('leaves alone what only looks like an environment', () => {
    const project = { environment: { type: 'LINUX', privilegedMode: true, image: 'x' }, options: ['a'] };
    expect(redact(project)).toEqual(project);
  });

  it('knows build environments too', () => {
    const project = { environment: { type: 'LINUX', environmentVariables: [{ name: 'A', value: CANARY }] } };
    expect(JSON.stringify(redact(project))).not.toContain(CANARY);
    expect(
      JSON.stringify(redact({ environmentVariablesOverride: [{ name: 'A', value: CANARY }] })),
    ).not.toContain(CANARY);
  });
});
