import type { RegionContext, Service } from '../region.ts';

/** Where the bus hands over its events; EventBridge sets `deliver`. */
export interface BusPort {
  deliver: (envelope: Record<string, unknown>) => void;
}

/** All simulated services of one account and region, by name. */
export function createServices(_context: RegionContext, _bus: BusPort): ReadonlyMap<string, Service> {
  const services: Service[] = [];
  return new Map(services.map((service) => [service.name, service]));
}
