import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const FOLDER = new URL('../../deploy/', import.meta.url).pathname;
/** Set up by the lane's script, not by npm. */
const CFN_LINT = 'cfn-lint';
const templates = readdirSync(FOLDER).filter((file) => file.endsWith('.yaml'));

describe('cfn-lint', () => {
  it.each(templates)('has nothing to say of %s', (file) => {
    // It prints what it dislikes, warnings too, and exits with a number other than 0.
    const output = execFileSync(CFN_LINT, ['--include-checks', 'I', '--', join(FOLDER, file)], {
      encoding: 'utf8',
    });
    console.log(`cfn-lint ${file}: nothing`);
    expect(output.trim()).toBe('');
  });
});
