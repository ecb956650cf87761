/**
 * An error as AWS answers it. `code` is the wire name (`ParameterNotFound`), `status` the HTTP
 * status, `extra` further members of the error document (DynamoDB's `CancellationReasons`).
 */
export class AwsError extends Error {
  readonly code: string;
  readonly status: number;
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(
    code: string,
    message: string,
    options: { status?: number; extra?: Record<string, unknown> } = {},
  ) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = options.status ?? 400;
    this.extra = options.extra ?? {};
  }
}

/** The reply to an operation or service the simulator does not have, as AWS words it. */
export function unknownOperation(target: string): AwsError {
  return new AwsError('UnknownOperationException', `The operation ${target} is not known.`);
}
