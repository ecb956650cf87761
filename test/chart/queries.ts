/** A Grafana dashboard as far as its queries are concerned. */
interface Dashboard {
  readonly panels: ReadonlyArray<{
    readonly title: string;
    readonly targets?: ReadonlyArray<{ expr: string }>;
  }>;
}

/** The queries of a dashboard as Grafana would send them, with all of its variables filled in. */
export function dashboardQueries({ panels }: Dashboard): readonly string[] {
  const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => fill(expr)));
  return [...new Set(queries)];
}

function fill(query: string): string {
  return query.replaceAll('$job', '.*').replaceAll('$__rate_interval', '1m').replaceAll('$__range', '5m');
}

const TARGET = '{job="trimtab", namespace="ops"}';
const POD = '{job="trimtab", namespace="ops", pod="trimtab-0"}';

/**
 * What the dashboards of kubebuilder's Grafana plugin, of Flux and of ACK ask of any controller, with their variables
 * filled in. Left out is what only Go programs and clients of the Kubernetes API have (`go_*`, `rest_client_*`).
 * Source: https://kubebuilder.io/plugins/available/grafana-v1-alpha
 */
export const COMMUNITY: readonly string[] = [
  `controller_runtime_active_workers${TARGET}`,
  `sum(rate(controller_runtime_reconcile_total${TARGET}[5m])) by (instance, pod)`,
  `sum(rate(controller_runtime_reconcile_errors_total${TARGET}[5m])) by (instance, pod)`,
  `workqueue_depth${TARGET}`,
  `sum(rate(workqueue_adds_total${TARGET}[5m])) by (instance, name)`,
  `sum(rate(workqueue_adds_total${TARGET}[2m])) by (instance, name)`,
  `sum(rate(workqueue_retries_total${TARGET}[5m])) by (instance, name)`,
  `rate(workqueue_unfinished_work_seconds${TARGET}[5m])`,
  ...['workqueue_queue_duration_seconds', 'workqueue_work_duration_seconds'].flatMap((histogram) =>
    ['0.50', '0.90', '0.99'].map(
      (quantile) =>
        `histogram_quantile(${quantile}, sum(rate(${histogram}_bucket${TARGET}[5m])) by (instance, name, le))`,
    ),
  ),
  `rate(process_cpu_seconds_total${POD}[5m]) * 100`,
  `process_resident_memory_bytes${POD}`,
  // The variables of their pickers.
  'group by (namespace) (controller_runtime_reconcile_total)',
  'group by (job) (controller_runtime_reconcile_total{namespace=~"ops"})',
  'group by (pod) (controller_runtime_reconcile_total{namespace=~"ops", job=~"trimtab"})',
  // Flux's control plane.
  'max(workqueue_longest_running_processor_seconds{namespace="ops", pod=~".*"})',
  'sum(increase(controller_runtime_reconcile_total{controller="app", result!="error"}[1m]))',
  'sum(increase(controller_runtime_reconcile_total{controller="app", result="error"}[1m]))',
  'histogram_quantile(0.99, sum(rate(controller_runtime_reconcile_time_seconds_bucket{controller="app"}[5m])) by (le))',
  // ACK's soak tests.
  'sum by (controller) (increase(controller_runtime_reconcile_total[150s]) / 150 * 120)',
  'histogram_quantile(0.9, rate(controller_runtime_reconcile_time_seconds_bucket{controller="app"}[150s])) * 1000',
];
