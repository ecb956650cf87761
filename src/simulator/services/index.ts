import type { BusPort, RegionContext, Service } from '../region.ts';
import { createAutoscalingService } from './autoscaling/index.ts';
import { createCodeBuildService } from './codebuild/index.ts';
import { createDynamoDbService } from './dynamodb/index.ts';
import { createEcsService } from './ecs/index.ts';
import { createElbService } from './elbv2/index.ts';
import { createEventsService } from './events/index.ts';
import { createLogsService } from './logs/index.ts';
import { createS3Service } from './s3/index.ts';
import { createSqsService } from './sqs/index.ts';
import { createSsmService } from './ssm/index.ts';
import { createStsService } from './sts.ts';

/** All simulated services of one account and region, by name. */
export function createServices(context: RegionContext, bus: BusPort): ReadonlyMap<string, Service> {
  const services: Service[] = [
    createAutoscalingService(context),
    createCodeBuildService(context),
    createDynamoDbService(context),
    createEcsService(context),
    createElbService(context),
    createEventsService(context, bus),
    createLogsService(context),
    createS3Service(context),
    createSqsService(context),
    createSsmService(context),
    createStsService(context),
  ];
  return new Map(services.map((service) => [service.name, service]));
}
