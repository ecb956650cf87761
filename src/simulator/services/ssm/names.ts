import { AwsError } from '../../errors.ts';
import { type Document, requiredText } from '../members.ts';

/** Source: https://docs.aws.amazon.com/general/latest/gr/ssm.html */
const LEVELS_MAX = 15;
/** Counts the ARN in front of the name too. */
const NAME_WITH_ARN_MAX = 1011;
const SUB_PATHS =
  'If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_';
const PATH_RULES =
  'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/". It can\'t be prefixed with \\"aws\\" or \\"ssm\\" (case-insensitive). It must use only letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All sub-paths, if specified, must use the forward slash symbol "/". Valid example: /get/parameters2-/by1./path0_.';

/** Reads the name of a parameter to look for; spaces around it are dropped, as AWS drops them. */
export function readName(input: Document, member = 'Name'): string {
  const name = requiredText(input, member, { min: 1, max: 2048 }).trim();
  checkSpelling(name);
  return name;
}

/** Checks the letters and slashes of a name. */
export function checkSpelling(name: string): void {
  const spelled = /^\/?[a-zA-Z0-9_.-]+(\/[a-zA-Z0-9_.-]+)*$/.test(name);
  if (!spelled) {
    throw new AwsError(
      'ValidationException',
      `Parameter name: can't be prefixed with "ssm" (case-insensitive). ${SUB_PATHS}`,
    );
  }
  if (name.includes('/') && !name.startsWith('/')) {
    throw new AwsError('ValidationException', 'Parameter name must be a fully qualified name.');
  }
}

/**
 * Checks a name that is to be written.
 * Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
 */
export function checkNewName(name: string, arn: string): void {
  checkSpelling(name);
  checkPrefix(name);
  if (name.split('/').filter((level) => level !== '').length > LEVELS_MAX) {
    throw new AwsError(
      'HierarchyLevelLimitExceededException',
      `A hierarchy can have a maximum of ${LEVELS_MAX} levels. For more information, see Requirements and constraints for parameter names in the AWS Systems Manager User Guide.`,
    );
  }
  if (arn.length > NAME_WITH_ARN_MAX) {
    throw new AwsError(
      'ValidationException',
      `Parameter name: the name with its ARN can't be longer than ${NAME_WITH_ARN_MAX} characters.`,
    );
  }
}

function checkPrefix(name: string): void {
  const bare = name.replace(/^\//, '').toLowerCase();
  const isPath = name.lastIndexOf('/') > 0;
  if (bare.startsWith('aws') && isPath) {
    throw new AwsError('AccessDeniedException', `No access to reserved parameter name: ${name}.`);
  }
  if (bare.startsWith('aws') || (bare.startsWith('ssm') && !isPath)) {
    throw new AwsError(
      'ValidationException',
      'Parameter name: can\'t be prefixed with "aws" or "ssm" (case-insensitive).',
    );
  }
  if (bare.startsWith('ssm')) {
    throw new AwsError(
      'ValidationException',
      `Parameter name: can't be prefixed with "ssm" (case-insensitive). ${SUB_PATHS}`,
    );
  }
}

/** Checks a hierarchy to read under, and gives it back with one slash at its end. */
export function readHierarchy(path: string): string {
  const trimmed = path.trim();
  if (trimmed === '/') return trimmed;
  if (!/^(\/[a-zA-Z0-9_.-]+)+\/?$/.test(trimmed)) throw new AwsError('ValidationException', PATH_RULES);
  return trimmed.endsWith('/') ? trimmed : `${trimmed}/`;
}

/** Whether `name` is under `hierarchy` (with its closing slash), directly or at any depth. */
export function isUnder(name: string, hierarchy: string, recursive: boolean): boolean {
  const full = name.startsWith('/') ? name : `/${name}`;
  if (!full.startsWith(hierarchy) || full === hierarchy) return false;
  return recursive || !full.slice(hierarchy.length).includes('/');
}
