import type { ServiceLimits } from '../../limits.ts';
import type { RegionContext, Service } from '../../region.ts';
import { type Backend, createBackend } from './backend.ts';
import { describeParameters } from './describe.ts';
import { labelParameterVersion, unlabelParameterVersion } from './labels.ts';
import { createPager } from './pages.ts';
import { putParameter } from './put.ts';
import { getParameter, getParameterHistory, getParameters, getParametersByPath } from './read.ts';
import { deleteParameter, deleteParameters } from './remove.ts';
import { dumpSection, loadSection } from './section.ts';
import { addTagsToResource, listTagsForResource, removeTagsFromResource } from './tagging.ts';

/** Parameter Store, with one switch for tests. */
export interface SsmService extends Service {
  /** Makes the next `count` pages of GetParametersByPath, DescribeParameters or a history empty, with a token. */
  forceEmptyPages(count: number): void;
}

/**
 * Standard throughput: reads share one bucket, every other operation has its own.
 * Source: https://docs.aws.amazon.com/general/latest/gr/ssm.html
 */
const LIMITS: ServiceLimits = {
  buckets: {
    read: { burst: 40, perSecond: 40 },
    describe: { burst: 3, perSecond: 3 },
    history: { burst: 3, perSecond: 3 },
    label: { burst: 3, perSecond: 3 },
    put: { burst: 3, perSecond: 3 },
    delete: { burst: 3, perSecond: 3 },
    deleteMany: { burst: 3, perSecond: 3 },
  },
  operations: {
    GetParameter: 'read',
    GetParameters: 'read',
    GetParametersByPath: 'read',
    DescribeParameters: 'describe',
    GetParameterHistory: 'history',
    LabelParameterVersion: 'label',
    PutParameter: 'put',
    DeleteParameter: 'delete',
    DeleteParameters: 'deleteMany',
  },
  refusal: { code: 'ThrottlingException', message: 'Rate exceeded' },
};

/** Parameter Store in one account and region. Its world section is described in section.ts. */
export function createSsmService(context: RegionContext): SsmService {
  const backend = createBackend(context);
  const pager = createPager(context);
  context.offers.missingParameters = (references) => missingParameters(backend, references);
  return {
    name: 'ssm',
    operations: {
      PutParameter: (input, caller) => putParameter(backend, input, caller),
      GetParameter: (input, caller) => getParameter(backend, input, caller),
      GetParameters: (input, caller) => getParameters(backend, input, caller),
      GetParametersByPath: (input, caller) => getParametersByPath(backend, pager, input, caller),
      GetParameterHistory: (input, caller) => getParameterHistory(backend, pager, input, caller),
      DescribeParameters: (input, caller) => describeParameters(backend, pager, input, caller),
      DeleteParameter: (input, caller) => deleteParameter(backend, input, caller),
      DeleteParameters: (input, caller) => deleteParameters(backend, input, caller),
      LabelParameterVersion: (input, caller) => labelParameterVersion(backend, input, caller),
      UnlabelParameterVersion: (input, caller) => unlabelParameterVersion(backend, input, caller),
      AddTagsToResource: (input, caller) => addTagsToResource(backend, input, caller),
      RemoveTagsFromResource: (input, caller) => removeTagsFromResource(backend, input, caller),
      ListTagsForResource: (input, caller) => listTagsForResource(backend, input, caller),
    },
    limits: LIMITS,
    load: (section) => loadSection(backend, section),
    dump: () => dumpSection(backend),
    forceEmptyPages: (count) => pager.forceEmptyPages(count),
  };
}

/** Names mean this region; ARNs of another account or region are never found here. */
function missingParameters(backend: Backend, references: readonly string[]): readonly string[] {
  return references.filter((reference) => {
    const start = backend.arnOf('');
    const name = reference.startsWith(start) ? `/${reference.slice(start.length)}` : reference;
    return name.startsWith('arn:') || backend.store.actual(name) === undefined;
  });
}
