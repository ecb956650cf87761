/**
 * An error as AWS answers it. `code` is the wire name (`ParameterNotFound`), `status` the HTTP
 * status, `extra` further members of the error document (DynamoDB's `CancellationReasons`), `queryCode` the
 * older name that SQS still sends beside it (`AWS.SimpleQueueService.NonExistentQueue`).
 */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly queryCode: string | undefined;

  constructor(
    code: string,
    message: string,
    options: { status?: number; extra?: Record<string, unknown>; queryCode?: string } = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.extra = options.extra ?? {};
    this.queryCode = options.queryCode;
  }
}

/** The reply to an operation or service the simulator does not have, as AWS words it. */
export function unknownOperation(target: string): AwsError {
  return new AwsError('UnknownOperationException', `The operation ${target} is not known.`);
}
