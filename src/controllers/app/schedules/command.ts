/**
 * How the command of a scheduled task reaches its container: as EventBridge's constant input, which it hands to
 * RunTask as overrides. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-ecs-tutorial.html
 */

/** EventBridge's limit of a target's input, in characters. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Target.html */
export const INPUT_MAX = 8_192;

export interface CommandForm {
  /** The container that runs it. */
  readonly container: string;
  /** `shell`: wrapped in `/bin/sh -c`. `single`: handed over as it is, to a launcher or shell that wraps it. */
  readonly wrap: 'shell' | 'single';
}

/** The input of a target that runs `command`. */
export function commandInput(command: string, { container, wrap }: CommandForm): string {
  const words = wrap === 'shell' ? ['/bin/sh', '-c', command] : [command];
  return JSON.stringify({ containerOverrides: [{ name: container, command: words }] });
}
