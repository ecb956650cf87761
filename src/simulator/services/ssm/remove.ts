import type { Caller } from '../../region.ts';
import { type Document, requiredTexts } from '../members.ts';
import { type Backend, parameterNotFound } from './backend.ts';
import { checkSpelling, readName } from './names.ts';

const NAMES_MAX = 10;

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html */
export function deleteParameter(backend: Backend, input: Document, caller: Caller): unknown {
  const name = readName(input);
  backend.authorize('DeleteParameter', name, caller);
  if (backend.store.actual(name) === undefined) throw parameterNotFound();
  backend.change('Delete', name, undefined);
  return {};
}

/** Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html */
export function deleteParameters(backend: Backend, input: Document, caller: Caller): unknown {
  const given = requiredTexts(input, 'Names', { min: 1, max: NAMES_MAX }, { min: 1, max: 2048 });
  const names = [...new Set(given.map((name) => name.trim()))];
  for (const name of names) checkSpelling(name);
  for (const name of names) backend.authorize('DeleteParameters', name, caller);
  const found = names.filter((name) => backend.store.actual(name) !== undefined);
  for (const name of found) backend.change('Delete', name, undefined);
  return { DeletedParameters: found, InvalidParameters: names.filter((name) => !found.includes(name)) };
}
