import { AwsError } from '../../errors.ts';

/** ECS's error for a value it does not take. */
export function invalidParameter(message: string): AwsError {
  return new AwsError('InvalidParameterException', message);
}

/** ECS's error for whatever is wrong with a task definition, and for some identifiers. */
export function clientError(message: string): AwsError {
  return new AwsError('ClientException', message);
}

export function clusterNotFound(message = 'Cluster not found.'): AwsError {
  return new AwsError('ClusterNotFoundException', message);
}

export function serviceNotFound(): AwsError {
  return new AwsError('ServiceNotFoundException', 'Service not found.');
}

export function serviceNotActive(): AwsError {
  return new AwsError('ServiceNotActiveException', 'Service was not ACTIVE.');
}

export function resourceNotFound(): AwsError {
  return new AwsError(
    'ResourceNotFoundException',
    'The specified resource could not be found. Specify a valid resource and try again.',
  );
}
