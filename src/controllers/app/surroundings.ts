import type { AppMemory } from './memory.ts';
import type { AppDefaults } from './observed.ts';
import type { SettingsDesired } from './settings.ts';

/**
 * Where an app's services are: as its settings say, else where its services were found before, else the
 * default. While the settings that may say it cannot be read, only what was known before counts.
 */
export function clusterOf(
  settings: SettingsDesired,
  memory: AppMemory,
  defaults: AppDefaults,
): string | undefined {
  if (settings.unknown.includes('cluster')) return memory.cluster;
  return settings.value.cluster ?? memory.cluster ?? defaults.cluster;
}
