import { sameData } from '../reconcile/same.ts';
import type { Reader } from './reader.ts';

/** One thing that was asked of a reader, and the answer. */
interface Note {
  readonly ask: (reader: Reader) => Promise<unknown>;
  readonly answer: unknown;
}

/** All that was asked of a reader for one purpose, and how it was answered. */
export type Notes = readonly Note[];

/** Made apart from any reader: notes outlive the one they were taken of, and would keep all that it read. */
const QUESTIONS = {
  parameters: (names: readonly string[]) => (reader: Reader) => reader.parameters(names),
  parameterNames: (path: string) => (reader: Reader) => reader.parameterNames(path),
  item: (partition: string, sort: string) => (reader: Reader) => reader.item(partition, sort),
  services: (cluster: string, names: readonly string[]) => (reader: Reader) =>
    reader.services(cluster, names),
  taskDefinition: (arn: string) => (reader: Reader) => reader.taskDefinition(arn),
  scalableTargets: (resourceIds: readonly string[]) => (reader: Reader) =>
    reader.scalableTargets(resourceIds),
  scalingPolicies: (resourceId: string) => (reader: Reader) => reader.scalingPolicies(resourceId),
  ownScalingPolicies: (resourceId: string, own: string) => (reader: Reader) =>
    reader.ownScalingPolicies(resourceId, own),
  rules: (prefix: string) => (reader: Reader) => reader.rules(prefix),
};

/** A reader that takes notes for one purpose. */
export interface NoteTaker {
  readonly reader: Reader;
  /** Of everything asked so far; undefined when something of it is not to be asked again without need. */
  readonly notes: () => Promise<Notes | undefined>;
}

/**
 * Takes notes of what is asked of `reader`. What is only asked while something changes, and costs a call each time, is
 * not asked again on the strength of notes: there are none then.
 */
export function takeNotes(reader: Reader): NoteTaker {
  const asked: Array<{ readonly ask: Note['ask']; readonly answer: Promise<unknown> }> = [];
  let isMoving = false;
  const note = <Answer>(ask: (reader: Reader) => Promise<Answer>): Promise<Answer> => {
    const answer = ask(reader);
    asked.push({ ask, answer });
    return answer;
  };
  const unnoted = <Asked extends readonly unknown[], Answer>(read: (...asked: Asked) => Promise<Answer>) => {
    return (...asked: Asked) => {
      isMoving = true;
      return read(...asked);
    };
  };
  return {
    reader: {
      parameters: (names) => note(QUESTIONS.parameters(names)),
      parameterNames: (path) => note(QUESTIONS.parameterNames(path)),
      item: (partition, sort) => note(QUESTIONS.item(partition, sort)),
      services: (cluster, names) => note(QUESTIONS.services(cluster, names)),
      taskDefinition: (arn) => note(QUESTIONS.taskDefinition(arn)),
      scalableTargets: (resourceIds) => note(QUESTIONS.scalableTargets(resourceIds)),
      scalingPolicies: (resourceId) => note(QUESTIONS.scalingPolicies(resourceId)),
      ownScalingPolicies: (resourceId, own) => note(QUESTIONS.ownScalingPolicies(resourceId, own)),
      rules: (prefix) => note(QUESTIONS.rules(prefix)),
      newestTaskDefinition: unnoted(reader.newestTaskDefinition),
      serviceDeployments: unnoted(reader.serviceDeployments),
      stoppedTasks: unnoted(reader.stoppedTasks),
      scheduledActions: unnoted(reader.scheduledActions),
      ruleTargets: unnoted(reader.ruleTargets),
    },
    async notes() {
      if (isMoving) return undefined;
      const answers = await Promise.all(asked.map(({ answer }) => answer));
      return isMoving ? undefined : asked.map(({ ask }, index) => ({ ask, answer: answers[index] }));
    },
  };
}

/** Whether `reader` answers all of it as it was answered then. Asks for everything at once. */
export async function areAnsweredAlike(reader: Reader, notes: Notes): Promise<boolean> {
  const answers = await Promise.all(notes.map(({ ask }) => ask(reader)));
  return notes.every(({ answer }, index) => sameData(answer, answers[index]));
}
