import { z } from 'zod';
import type { Caller } from '../../region.ts';
import { invalidParameter } from './errors.ts';
import { findService, requireCluster, serviceArn } from './identifiers.ts';
import { type Document, parseInput } from './input.ts';
import { cutPage, pageAnswer, readInstant } from './reads.ts';
import type { ServiceRecord } from './records.ts';
import { renderService } from './service-view.ts';
import { launchType, paging, text, texts } from './shapes.ts';
import type { EcsState } from './state.ts';

const DESCRIBE_MAX = 10;

const describeShape = z.object({
  cluster: text.optional(),
  services: texts,
  include: z.array(z.enum(['TAGS'])).optional(),
});

/**
 * Missing services are `failures` in a good answer. May answer from the past: a service just created may
 * be MISSING. https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html
 */
export function describeServices(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(describeShape, input);
  const cluster = requireCluster(state, request.cluster);
  if (request.services.length === 0) throw invalidParameter('Services cannot be empty.');
  if (request.services.length > DESCRIBE_MAX) {
    throw invalidParameter(`Services cannot be more than ${DESCRIBE_MAX}.`);
  }
  const at = readInstant(state.context);
  const tags = request.include?.includes('TAGS') === true;
  const services: Document[] = [];
  const failures: Document[] = [];
  for (const arn of new Set(request.services.map((given) => serviceArn(state, cluster, given)))) {
    state.context.authorize('ecs:DescribeServices', arn, caller);
    const service = findService(state, arn, at);
    if (service === undefined) failures.push({ arn, reason: 'MISSING' });
    else services.push(renderService(service, { tags }));
  }
  return { services, failures };
}

const listShape = z.object({
  cluster: text.optional(),
  launchType: launchType.optional(),
  schedulingStrategy: z.enum(['REPLICA', 'DAEMON']).optional(),
  resourceManagementType: z.enum(['CUSTOMER', 'ECS']).optional(),
  ...paging,
});

type ListServicesInput = z.infer<typeof listShape>;

/** Ten to a page unless asked otherwise; INACTIVE services are not listed. */
export function listServices(state: EcsState, input: Document, caller: Caller): Document {
  const request = parseInput(listShape, input);
  const cluster = requireCluster(state, request.cluster);
  state.context.authorize('ecs:ListServices', cluster.arn, caller);
  const at = readInstant(state.context);
  const listed = matching(state.services.after(0, at), cluster.arn, request);
  const page = cutPage(listed, ({ ordinal }) => ordinal, {
    scope: `services/${cluster.name}/${request.launchType}/${request.schedulingStrategy}`,
    maxResults: request.maxResults,
    nextToken: request.nextToken,
    defaultMax: 10,
  });
  return pageAnswer('serviceArns', page, ({ value }) => value.arn);
}

interface Listed {
  readonly ordinal: number;
  readonly value: ServiceRecord;
}

function* matching(
  services: Iterable<Listed>,
  clusterArn: string,
  request: ListServicesInput,
): Generator<Listed> {
  // Every service of this account is its customer's own.
  if (request.resourceManagementType === 'ECS') return;
  for (const listed of services) {
    const { value: service } = listed;
    if (service.clusterArn !== clusterArn || service.status === 'INACTIVE') continue;
    const { launchType: type, schedulingStrategy } = request;
    if (type !== undefined && service.workload.launchType !== type) continue;
    if (schedulingStrategy !== undefined && service.settings.schedulingStrategy !== schedulingStrategy)
      continue;
    yield listed;
  }
}
