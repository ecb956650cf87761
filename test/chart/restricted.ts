import { z } from 'zod';

/** Volume types the standard allows. */
const VOLUMES: ReadonlySet<string> = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

const context = z.looseObject({
  privileged: z.boolean().optional(),
  allowPrivilegeEscalation: z.boolean().optional(),
  runAsNonRoot: z.boolean().optional(),
  runAsUser: z.number().optional(),
  procMount: z.string().optional(),
  seLinuxOptions: z.unknown().optional(),
  sysctls: z.unknown().optional(),
  seccompProfile: z.object({ type: z.string() }).optional(),
  capabilities: z
    .object({ drop: z.array(z.string()).optional(), add: z.array(z.string()).optional() })
    .optional(),
});
const container = z.looseObject({
  name: z.string(),
  securityContext: context.default({}),
  ports: z.array(z.looseObject({ hostPort: z.number().optional() })).default([]),
});
const podSpec = z.looseObject({
  hostNetwork: z.boolean().optional(),
  hostPID: z.boolean().optional(),
  hostIPC: z.boolean().optional(),
  securityContext: context.default({}),
  volumes: z.array(z.record(z.string(), z.unknown())).default([]),
  containers: z.array(container),
  initContainers: z.array(container).default([]),
});

/**
 * What the "restricted" Pod Security Standard has against a pod.
 * Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
export function violations(spec: unknown): readonly string[] {
  const pod = podSpec.parse(spec);
  const found: string[] = [];
  const wrong = (isWrong: boolean, what: string) => {
    if (isWrong) found.push(what);
  };
  wrong(pod.hostNetwork === true || pod.hostPID === true || pod.hostIPC === true, 'host namespaces');
  wrong(pod.securityContext.sysctls !== undefined, 'sysctls');
  for (const volume of pod.volumes) {
    const types = Object.keys(volume).filter((member) => member !== 'name');
    wrong(
      types.some((type) => !VOLUMES.has(type)),
      `volume ${types.join()}`,
    );
  }
  for (const one of [...pod.containers, ...pod.initContainers]) {
    const own = one.securityContext;
    const seccomp = own.seccompProfile ?? pod.securityContext.seccompProfile;
    wrong(own.privileged === true, 'privileged');
    wrong(own.allowPrivilegeEscalation !== false, 'allowPrivilegeEscalation');
    wrong((own.runAsNonRoot ?? pod.securityContext.runAsNonRoot) !== true, 'runAsNonRoot');
    wrong((own.runAsUser ?? pod.securityContext.runAsUser) === 0, 'runAsUser 0');
    wrong(!['RuntimeDefault', 'Localhost'].includes(seccomp?.type ?? ''), 'seccompProfile');
    wrong(own.capabilities?.drop?.includes('ALL') !== true, 'capabilities not dropped');
    wrong(
      (own.capabilities?.add ?? []).some((name) => name !== 'NET_BIND_SERVICE'),
      'capabilities added',
    );
    wrong((own.procMount ?? 'Default') !== 'Default', 'procMount');
    wrong((own.seLinuxOptions ?? pod.securityContext.seLinuxOptions) !== undefined, 'seLinuxOptions');
    wrong(
      one.ports.some(({ hostPort }) => hostPort !== undefined && hostPort !== 0),
      'hostPort',
    );
  }
  return found;
}
