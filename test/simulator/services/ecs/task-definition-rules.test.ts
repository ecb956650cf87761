import { RegisterTaskDefinitionCommand, type RegisterTaskDefinitionCommandInput } from '@aws-sdk/client-ecs';
import { describe, expect, it } from 'vitest';
import { openEcs, refusal, webDefinition } from './kit.ts';

type Changes = Partial<RegisterTaskDefinitionCommandInput>;

const ROLE = 'arn:aws:iam::123456789012:role/execution';

function attempt(changes: Changes) {
  return openEcs().aws.send(new RegisterTaskDefinitionCommand(webDefinition(changes)));
}

function one(container: NonNullable<Changes['containerDefinitions']>[number]): Changes {
  return { containerDefinitions: [{ name: 'web', image: 'shop:1', ...container }] };
}

describe('row 24: Fargate has only some sizes', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
  it.each([
    ['256', '512'],
    ['256', '2048'],
    ['512', '4096'],
    ['1024', '8192'],
    ['2048', '16384'],
    ['4096', '30720'],
    ['8192', '16384'],
    ['8192', '61440'],
    ['16384', '32768'],
    ['16384', '122880'],
    ['1 vCPU', '2 GB'],
  ])('takes %s with %s', async (cpu, memory) => {
    expect((await attempt({ cpu, memory })).taskDefinition?.revision).toBe(1);
  });

  it.each([
    ['256', '3072'],
    ['256', '513'],
    ['512', '512'],
    ['1024', '1024'],
    ['4096', '31744'],
    ['8192', '18432'],
    ['16384', '36864'],
    ['16384', '131072'],
    ['300', '1024'],
  ])('refuses %s with %s', async (cpu, memory) => {
    expect(await refusal(attempt({ cpu, memory }))).toEqual({
      name: 'ClientException',
      message: 'No Fargate configuration exists for given values.',
    });
  });

  it.each(['100', 'much', '1 GB', '-256', ''])('refuses %j as a CPU value', async (cpu) => {
    expect((await refusal(attempt({ cpu }))).message).toBe("Invalid 'cpu' setting for task.");
  });
});

describe('what Fargate asks of a definition', () => {
  it.each<[string, Changes, string]>([
    ['another network mode', { networkMode: 'bridge' }, 'Fargate only supports network mode'],
    ['pidMode host', { pidMode: 'host' }, 'pidMode'],
    ['ipcMode', { ipcMode: 'task' }, 'ipcMode'],
    [
      'placement constraints',
      { placementConstraints: [{ type: 'memberOf', expression: 'x' }] },
      'placementConstraints',
    ],
    ['a volume of the host', { volumes: [{ name: 'v', host: { sourcePath: '/x' } }] }, 'sourcePath'],
    [
      'a docker volume',
      { volumes: [{ name: 'v', dockerVolumeConfiguration: {} }] },
      'dockerVolumeConfiguration',
    ],
    ['little storage', { ephemeralStorage: { sizeInGiB: 20 } }, 'between 21 and 200'],
    ['a privileged container', one({ privileged: true }), 'privileged'],
    ['devices', one({ linuxParameters: { devices: [{ hostPath: '/dev/x' }] } }), 'devices'],
  ])('refuses %s', async (_what, changes, message) => {
    const answer = await refusal(attempt(changes));
    expect(answer.name).toBe('ClientException');
    expect(answer.message).toContain(message);
  });

  it('wants a size for the task', async () => {
    const { cpu, ...sizeless } = webDefinition();
    const answer = await refusal(openEcs().aws.send(new RegisterTaskDefinitionCommand(sizeless)));
    expect(answer.message).toBe("Fargate requires that 'cpu' be defined at the task level.");
  });
});

describe('row 62: an execution role is needed', () => {
  // https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
  const { executionRoleArn, ...roleless } = webDefinition();
  it.each<[string, Changes, string]>([
    ['secrets', one({ secrets: [{ name: 'KEY', valueFrom: '/key' }] }), 'container secrets'],
    [
      'awslogs',
      one({
        logConfiguration: {
          logDriver: 'awslogs',
          options: { 'awslogs-group': 'g', 'awslogs-region': 'us-east-1', 'awslogs-stream-prefix': 'web' },
        },
      }),
      'log driver awslogs',
    ],
    ['images in ECR', one({ image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/shop:1' }), 'ECR images'],
  ])('for %s', async (_what, changes, message) => {
    const definition = { ...roleless, ...changes } as RegisterTaskDefinitionCommandInput;
    const answer = await refusal(openEcs().aws.send(new RegisterTaskDefinitionCommand(definition)));
    expect(answer.message).toContain(message);
    const accepted = await attempt({ ...changes, executionRoleArn: ROLE });
    expect(accepted.taskDefinition?.revision).toBe(1);
  });
});

describe('what every definition must keep to', () => {
  const eleven = Array.from({ length: 11 }, (_, index) => ({ name: `c${index}`, image: 'x' }));
  it.each<[string, Changes, string]>([
    ['an odd family', { family: 'shop web' }, 'Family contains invalid characters.'],
    ['a long family', { family: 'x'.repeat(256) }, 'Family contains invalid characters.'],
    ['no container', { containerDefinitions: [] }, 'Container list cannot be empty.'],
    ['more than 10 containers', { containerDefinitions: eleven }, 'more than 10 containers'],
    [
      'a container without a name',
      { containerDefinitions: [{ image: 'x' }] },
      'Container.name should not be null',
    ],
    ['an odd container name', one({ name: 'a b' }), 'Container.name contains invalid characters.'],
    [
      'a container without an image',
      { containerDefinitions: [{ name: 'web' }] },
      'Container.image should not be null',
    ],
    ['no essential container', one({ essential: false }), 'at least one essential container'],
    [
      'two containers of one name',
      {
        containerDefinitions: [
          { name: 'a', image: 'x' },
          { name: 'a', image: 'y' },
        ],
      },
      'unique',
    ],
    ['a container larger than its task', one({ memory: 1024 }), "cannot exceed the task's 'memory'"],
    ['a reservation over the limit', one({ memory: 128, memoryReservation: 256 }), 'memoryReservation'],
    [
      'an unknown volume',
      one({ mountPoints: [{ sourceVolume: 'v', containerPath: '/v' }] }),
      "Unknown volume 'v'.",
    ],
    [
      'an unknown dependency',
      one({ dependsOn: [{ containerName: 'x', condition: 'START' }] }),
      "Unknown container 'x'.",
    ],
    ['links under awsvpc', one({ links: ['db'] }), 'Links are not supported'],
    [
      'a host port of its own under awsvpc',
      one({ portMappings: [{ containerPort: 80, hostPort: 8080 }] }),
      'must match',
    ],
    [
      'a secret named like a variable',
      one({ environment: [{ name: 'KEY', value: 'x' }], secrets: [{ name: 'KEY', valueFrom: '/key' }] }),
      'The secret name must be unique',
    ],
    [
      'two secrets of one name',
      one({
        secrets: [
          { name: 'K', valueFrom: '/a' },
          { name: 'K', valueFrom: '/b' },
        ],
      }),
      'must be unique',
    ],
    ['a secret from nowhere', one({ secrets: [{ name: 'KEY', valueFrom: '' }] }), 'valueFrom'],
    [
      'awslogs without a group',
      one({ logConfiguration: { logDriver: 'awslogs', options: {} } }),
      'awslogs-group',
    ],
  ])('refuses %s', async (_what, changes, message) => {
    const answer = await refusal(attempt(changes));
    expect(answer.name).toBe('ClientException');
    expect(answer.message).toContain(message);
  });

  it('wants memory for containers of a task without a size', async () => {
    const answer = await refusal(
      openEcs().aws.send(
        new RegisterTaskDefinitionCommand({
          family: 'small',
          containerDefinitions: [{ name: 'web', image: 'shop:1' }],
        }),
      ),
    );
    expect(answer.message).toBe(
      "Invalid setting for container 'web'. At least one of 'memory' or 'memoryReservation' must be specified.",
    );
  });
});
