import { connect } from '../compose.ts';
import { examine } from '../doctor/examine.ts';
import { type CommandDefinition, type Invocation, PLACE } from './command.ts';
import { messageLines, OUTPUT_OPTION, outputOf, toJson } from './format.ts';

export const doctorCommand: CommandDefinition = {
  name: 'doctor',
  summary: 'Check an installation end to end, and tell how to mend what is wrong.',
  details: `It looks at queues, their policy, rules and what they send, the table, permissions and the clock, and puts a probe parameter
(<prefix>/apps/trimtab-doctor/settings, taken away again) to see a running controller hear of it. Nothing else is changed:
permissions are tried by calls that AWS refuses for their arguments.

Examples:
  trimtab doctor                 with your own credentials: everything, the permissions being yours
  trimtab doctor --no-probe      as the role of trimtab itself, in its task or pod: what it may do
  trimtab doctor -o json         {account, region, findings: [{check, message, mend}], unseen: [text]}

Exit code: 0 sound, 2 something is wrong, 1 an error.`,
  settings: [...PLACE, 'intakeQueue', 'workQueue', 'mode'],
  options: [
    { flags: '--no-probe', help: 'put no probe parameter: neither clock nor round trip are looked at' },
    OUTPUT_OPTION,
  ],
  run: doctor,
};

async function doctor({ terminal, config, options }: Invocation): Promise<number> {
  const output = outputOf(options, ['text', 'json']);
  const connection = await connect(config, terminal);
  const { account, region } = connection;
  const { findings, unseen } = await examine(connection, { probe: options.probe !== false });
  if (output === 'json') {
    terminal.write(toJson({ account, region, findings, unseen }));
    return findings.length === 0 ? 0 : 2;
  }
  terminal.write(`Account ${account}, region ${region}, prefix ${config.prefix}\n`);
  for (const { check, message, mend } of findings) {
    const lines = [message, mend].flatMap(messageLines).map((line) => `    ${line}\n`);
    terminal.write(`\n  ${check}\n${lines.join('')}`);
  }
  for (const one of unseen) terminal.write(`\n  not looked at: ${one}\n`);
  const verdict = findings.length === 0 ? 'Nothing is wrong.' : `${findings.length} to mend.`;
  terminal.write(`\n${verdict}\n`);
  return findings.length === 0 ? 0 : 2;
}
