import type { ServicesAction } from './services/actions.ts';

/** Every write the app controller knows; each resource adds its own. */
export type AppAction = ServicesAction;
