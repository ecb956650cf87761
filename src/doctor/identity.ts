import { type Finding, type Look, SOUND } from './finding.ts';
import type { Ground } from './ground.ts';

/** Whether the settings are about the account and region that the credentials lead to. Asks nobody. */
export function lookAtIdentity({ connection }: Ground): Look {
  const { config, account, region } = connection;
  const findings = [
    judge('--intake-queue', placeOfQueue(config.intakeQueue), { account, region }),
    judge('--work-queue', placeOfQueue(config.workQueue), { account, region }),
    // IAM has no regions.
    judge('--events-role-arn', { account: config.eventsRoleArn?.split(':')[4] }, { account, region }),
  ].flat();
  return findings.length === 0 ? SOUND : { findings, unseen: [] };
}

interface Place {
  readonly account?: string | undefined;
  readonly region?: string | undefined;
}

function judge(setting: string, named: Place, ours: Required<Place>): readonly Finding[] {
  const other = (['account', 'region'] as const).filter(
    (part) => named[part] !== undefined && named[part] !== ours[part],
  );
  if (other.length === 0) return [];
  const where = other.map((part) => `${part} ${named[part]}`).join(' and ');
  return [
    {
      check: 'identity',
      message: `${setting} is of ${where}; your credentials are of account ${ours.account}, and the region is ${ours.region}`,
      mend: `Say with AWS_PROFILE and AWS_REGION where the installation is, or mend ${setting}.`,
    },
  ];
}

/** A queue given by its name is wherever we are. Source: SQS sqs-queue-message-identifiers.html */
function placeOfQueue(queue: string): Place {
  const [, region, account] = /^https?:\/\/sqs\.([a-z0-9-]+)\.[^/]+\/(\d{12})\//.exec(queue) ?? [];
  return { account, region };
}
