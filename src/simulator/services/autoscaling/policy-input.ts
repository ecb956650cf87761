import {
  type Document,
  defined,
  flag,
  missing,
  requiredText,
  structure,
  structures,
  text,
  wholeNumber,
} from '../members.ts';
import { decimal, requiredDecimal } from './numbers.ts';
import { invalid } from './state.ts';

/** The metrics ECS has of its own. Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html */
const ECS_METRICS = [
  'ECSServiceAverageCPUUtilization',
  'ECSServiceAverageMemoryUtilization',
  'ECSServiceAverageCPUUtilizationHighResolution',
  'ECSServiceAverageMemoryUtilizationHighResolution',
  'ALBRequestCountPerTarget',
];
const STATISTICS = ['Average', 'Minimum', 'Maximum', 'SampleCount', 'Sum'];
const ADJUSTMENT_TYPES = ['ChangeInCapacity', 'PercentChangeInCapacity', 'ExactCapacity'];
const AGGREGATIONS = ['Average', 'Minimum', 'Maximum'];

/** Source: https://docs.aws.amazon.com/general/latest/gr/as-app.html */
const STEP_ADJUSTMENTS_MAX = 20;

/** "Values must be in the range of -2^360 to 2^360." */
const TARGET_VALUE = { min: -(2 ** 360), max: 2 ** 360 };

/**
 * Reads a target tracking configuration, by AWS's member names.
 * Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html
 */
export function readTargetTracking(given: Document): Document {
  const prefix = 'targetTrackingScalingPolicyConfiguration.';
  const predefined = structure(given, 'PredefinedMetricSpecification', prefix);
  const customized = structure(given, 'CustomizedMetricSpecification', prefix);
  const configuration = {
    TargetValue: requiredDecimal(given, 'TargetValue', TARGET_VALUE, prefix),
    PredefinedMetricSpecification: predefined && readPredefined(predefined, prefix),
    CustomizedMetricSpecification: customized && readCustomized(customized, prefix),
    ScaleOutCooldown: wholeNumber(given, 'ScaleOutCooldown', { min: 0 }, prefix),
    ScaleInCooldown: wholeNumber(given, 'ScaleInCooldown', { min: 0 }, prefix),
    DisableScaleIn: (given.DisableScaleIn ?? undefined) && flag(given, 'DisableScaleIn', prefix),
  };
  if ((predefined === undefined) === (customized === undefined)) {
    throw invalid(
      'Exactly one of PredefinedMetricSpecification and CustomizedMetricSpecification must be set',
    );
  }
  return defined(configuration);
}

/** What makes two target tracking policies follow the same metric. */
export function metricOf(configuration: Document): string {
  return JSON.stringify([
    configuration.PredefinedMetricSpecification,
    configuration.CustomizedMetricSpecification,
  ]);
}

/**
 * Reads a step scaling configuration, by AWS's member names.
 * Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepScalingPolicyConfiguration.html
 */
export function readStepScaling(given: Document): Document {
  const prefix = 'stepScalingPolicyConfiguration.';
  const type = text(given, 'AdjustmentType', { oneOf: ADJUSTMENT_TYPES }, prefix);
  const steps = structures(given, 'StepAdjustments', { max: STEP_ADJUSTMENTS_MAX }, prefix) ?? [];
  if (type === undefined || steps.length === 0) {
    throw invalid('AdjustmentType and at least one StepAdjustment are required for a step scaling policy');
  }
  const read = steps.map((step, index) => readStep(step, `${prefix}stepAdjustments.${index + 1}.member.`));
  checkIntervals(read);
  return defined({
    AdjustmentType: type,
    StepAdjustments: read,
    MinAdjustmentMagnitude: wholeNumber(given, 'MinAdjustmentMagnitude', { min: 1 }, prefix),
    Cooldown: wholeNumber(given, 'Cooldown', { min: 0 }, prefix),
    MetricAggregationType: text(given, 'MetricAggregationType', { oneOf: AGGREGATIONS }, prefix),
  });
}

function readPredefined(given: Document, prefix: string): Document {
  const place = `${prefix}predefinedMetricSpecification.`;
  const type = requiredText(given, 'PredefinedMetricType', {}, place);
  const label = text(given, 'ResourceLabel', { min: 1, max: 1023 }, place);
  if (!ECS_METRICS.includes(type)) {
    throw invalid(
      `The metric type ${type} is not supported for the scalable dimension ecs:service:DesiredCount`,
    );
  }
  // "You can't specify a resource label unless the metric type is ALBRequestCountPerTarget."
  if ((label !== undefined) !== (type === 'ALBRequestCountPerTarget')) {
    throw invalid(
      `ResourceLabel must ${label === undefined ? '' : 'not '}be specified for the metric type ${type}`,
    );
  }
  return defined({ PredefinedMetricType: type, ResourceLabel: label });
}

/** Either one metric, or a query of several; nothing here measures either. */
function readCustomized(given: Document, prefix: string): Document {
  const place = `${prefix}customizedMetricSpecification.`;
  const metrics = structures(given, 'Metrics', { min: 1 }, place);
  if (metrics !== undefined) return { Metrics: metrics };
  const dimensions = structures(given, 'Dimensions', {}, place);
  return defined({
    MetricName: requiredText(given, 'MetricName', { min: 1 }, place),
    Namespace: requiredText(given, 'Namespace', { min: 1 }, place),
    Dimensions: dimensions,
    Statistic: requiredText(given, 'Statistic', { oneOf: STATISTICS }, place),
    Unit: text(given, 'Unit', {}, place),
  });
}

interface Step {
  readonly MetricIntervalLowerBound?: number;
  readonly MetricIntervalUpperBound?: number;
  readonly ScalingAdjustment: number;
}

function readStep(step: Document, place: string): Step {
  const adjustment = wholeNumber(step, 'ScalingAdjustment', {}, place);
  if (adjustment === undefined) throw missing(`${place}scalingAdjustment`);
  return defined({
    MetricIntervalLowerBound: decimal(step, 'MetricIntervalLowerBound', {}, place),
    MetricIntervalUpperBound: decimal(step, 'MetricIntervalUpperBound', {}, place),
    ScalingAdjustment: adjustment,
  });
}

/** Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/API_StepAdjustment.html */
function checkIntervals(steps: readonly Step[]): void {
  const spans = steps
    .map((step) => ({
      from: step.MetricIntervalLowerBound ?? Number.NEGATIVE_INFINITY,
      to: step.MetricIntervalUpperBound ?? Number.POSITIVE_INFINITY,
    }))
    .sort((a, b) => a.from - b.from);
  for (const [index, { from, to }] of spans.entries()) {
    const next = spans[index + 1];
    if (from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY) {
      throw invalid('The upper and lower bound of a step adjustment cannot both be null');
    }
    if (from >= to)
      throw invalid('The upper bound of a step adjustment must be greater than its lower bound');
    if (next !== undefined && next.from !== to) {
      throw invalid('The intervals of step adjustments cannot overlap or have a gap');
    }
  }
  const first = spans[0]?.from ?? 0;
  const last = spans.at(-1)?.to ?? 0;
  if (first < 0 && Number.isFinite(first)) {
    throw invalid('A step adjustment with a negative lower bound needs one with a null lower bound');
  }
  if (last > 0 && Number.isFinite(last)) {
    throw invalid('A step adjustment with a positive upper bound needs one with a null upper bound');
  }
}
