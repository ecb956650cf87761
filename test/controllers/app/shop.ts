import type { Report } from '../../../src/reconcile/reconcile.ts';
import { definition, openScene, type Scene, type SceneOptions, serviceSection } from './scene.ts';

export const SCALING = '/apppack/apps/shop/scaling';
export const LARGER = { cpu: 512, memory: 1024, min_processes: 2, max_processes: 2 };
export const OWNER = { key: 'trimtab:owner', value: '/apppack/apps/shop' };

export function shop(options: SceneOptions = {}, service: Record<string, unknown> = {}): Promise<Scene> {
  return openScene({
    parameters: { [SCALING]: { json: { web: LARGER } } },
    ecs: { taskDefinitions: [definition('shop-web')], services: [serviceSection('shop-web', service)] },
    ...options,
  });
}

export const operations = (scene: Scene, since = 0) => scene.writes(since).map(({ operation }) => operation);
export const reasons = (report: Report | undefined) => report?.conditions.map(({ reason }) => reason);

/** Passes whenever the app asks for one, until it asks no more. */
export async function settle(scene: Scene, app = 'shop'): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) if ((await scene.wake(app)) === undefined) return;
  throw new Error(`${app} keeps asking for another pass`);
}
