/** Whether this is the name of a time zone. */
export function isTimeZone(name: string): boolean {
  try {
    formatOf(name);
    return true;
  } catch {
    return false;
  }
}

/** What the clocks on the walls of a zone show, as if it were UTC. */
export function toLocal(at: number, zone: string): number {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (name: Intl.DateTimeFormatPartTypes): number => parts.get(name) ?? 0;
  const seconds = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return seconds + (at % 1000);
}

/** The first instant at which the clocks of a zone show `local`; nothing when they skip it. */
export function fromLocal(local: number, zone: string): number | undefined {
  const offsetAt = (at: number): number => toLocal(at, zone) - at;
  const guess = local - offsetAt(local);
  const candidates = [local - offsetAt(guess - 86_400_000), guess, local - offsetAt(guess)];
  return candidates.filter((at) => toLocal(at, zone) === local).sort((a, b) => a - b)[0];
}

/** Making a format is slow, asking it is not. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  formats.set(zone, made);
  return made;
}
