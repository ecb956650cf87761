/** Builders of world sections: a test states only what it is about. */

export interface ProcessScaling {
  cpu?: number;
  memory?: number;
  min_processes?: number;
  max_processes?: number;
}

/** One scaling entry; half a vCPU, 1 GB, one process unless said. */
export function scaled(changes: ProcessScaling = {}): Required<ProcessScaling> {
  return { cpu: 512, memory: 1024, min_processes: 1, max_processes: 1, ...changes };
}

export interface AppOptions {
  /** Process → what scaling says of it; undefined leaves the process out of the parameter. */
  readonly scaling?: Record<string, ProcessScaling | undefined>;
  /** Process → members of its service; all processes get a service. */
  readonly services?: Record<string, Record<string, unknown>>;
  readonly definition?: Record<string, unknown>;
  readonly parameters?: Record<string, unknown>;
  /** Config variables that the app has and that its services run with. */
  readonly config?: readonly string[];
}

/** The world sections of apps on a Fargate cluster `main`, a service and a revision for each process. */
export function worldOf(apps: Record<string, AppOptions>): Record<string, unknown> {
  const parameters: Record<string, unknown> = {};
  const taskDefinitions: unknown[] = [];
  const services: unknown[] = [];
  for (const [app, options] of Object.entries(apps)) {
    const scaling = options.scaling ?? { web: scaled() };
    parameters[`/apppack/apps/${app}/settings`] = { type: 'String', json: { cluster: 'main' } };
    parameters[`/apppack/apps/${app}/scaling`] = { type: 'String', json: scaling };
    for (const name of options.config ?? []) {
      parameters[`/apppack/apps/${app}/config/${name}`] = { type: 'SecureString', value: `of ${name}` };
    }
    Object.assign(parameters, options.parameters);
    for (const [process, members] of Object.entries(options.services ?? { web: {} })) {
      const { config, definition } = options;
      const configured = config === undefined ? {} : withSecrets(app, process, config);
      taskDefinitions.push(definitionOf(`${app}-${process}`, process, { ...configured, ...definition }));
      services.push(serviceOf(`${app}-${process}`, members));
    }
  }
  return { ssm: { parameters }, ecs: { clusters: [{ name: 'main' }], taskDefinitions, services } };
}

/** The members of a definition whose container has config variables of an app, as an older tool made it. */
function withSecrets(app: string, container: string, names: readonly string[]): Record<string, unknown> {
  const secrets = names.map((name) => ({
    name,
    valueFrom: `arn:aws:ssm:us-east-1:123456789012:parameter/apppack/apps/${app}/config/${name}`,
  }));
  const environment = [{ name: 'KEEP', value: 'me' }];
  return {
    executionRoleArn: 'arn:aws:iam::123456789012:role/execution',
    containerDefinitions: [{ name: container, image: 'example.com/app:1', environment, secrets }],
  };
}

/** A revision of half a vCPU and 1 GB with one container. */
export function definitionOf(
  family: string,
  container: string,
  changes: Record<string, unknown> = {},
): Record<string, unknown> {
  return {
    family,
    cpu: '512',
    memory: '1024',
    networkMode: 'awsvpc',
    requiresCompatibilities: ['FARGATE'],
    containerDefinitions: [
      { name: container, image: 'example.com/app:1', environment: [{ name: 'KEEP', value: 'me' }] },
    ],
    ...changes,
  };
}

export function serviceOf(name: string, changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    cluster: 'main',
    name,
    taskDefinition: `${name}:1`,
    desiredCount: 1,
    launchType: 'FARGATE',
    networkConfiguration: { awsvpcConfiguration: { subnets: ['subnet-1'] } },
    ...changes,
  };
}
