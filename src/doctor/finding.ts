import { errorCode, isDenied, isNotFound } from '../aws/errors.ts';

/** What `trimtab doctor` looks at, in the order it looks. */
export const CHECKS = [
  'identity',
  'queues',
  'queue policy',
  'rules',
  'table',
  'permissions',
  'accounts',
  'clock',
  'round trip',
  'dead letters',
] as const;
export type Check = (typeof CHECKS)[number];

/** Something that is wrong with an installation, and what mends it. */
export interface Finding {
  readonly check: Check;
  readonly message: string;
  /** What to do, with what to type where there is something. */
  readonly mend: string;
}

/** What came of one look: what is wrong, and what could not be looked at because whoever asks may not. */
export interface Look {
  readonly findings: readonly Finding[];
  readonly unseen: readonly string[];
}

/** Nothing wrong, everything seen. */
export const SOUND: Look = { findings: [], unseen: [] };

/** Several looks as one. */
export function join(looks: readonly Look[]): Look {
  return {
    findings: looks.flatMap(({ findings }) => findings),
    unseen: looks.flatMap(({ unseen }) => unseen),
  };
}

/** What a question to AWS came to. */
export type Answer<Value> =
  | { readonly type: 'told'; readonly value: Value }
  | { readonly type: 'denied' | 'missing' }
  | { readonly type: 'failed'; readonly code: string; readonly message: string };

/** Asks AWS something; never rejects. */
export async function ask<Value>(question: Promise<Value>): Promise<Answer<Value>> {
  try {
    return { type: 'told', value: await question };
  } catch (error) {
    if (isDenied(error)) return { type: 'denied' };
    if (isNotFound(error)) return { type: 'missing' };
    return { type: 'failed', code: errorCode(error), message: error instanceof Error ? error.message : '' };
  }
}

/** The look that comes of an answer that says nothing about its matter. */
export function unanswered(check: Check, doing: string, answer: Answer<unknown>): Look {
  if (answer.type !== 'failed') return { findings: [], unseen: [`${check}: you may not ${doing}`] };
  const message = `${doing} failed: ${answer.code} ${answer.message}`.trim();
  return { findings: [{ check, message, mend: 'Try again; AWS said no more than this.' }], unseen: [] };
}
