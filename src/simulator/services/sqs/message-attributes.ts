import { type Document, isDocument, structure, text } from '../members.ts';
import { invalidParameter, invalidValue, sqsError } from './errors.ts';
import type { MessageAttribute, MessageAttributes } from './message.ts';

const ATTRIBUTES_MAX = 10;
const NAME_MAX = 256;
const NAME = /^[\w.-]+$/;
const RESERVED_NAME = /^(aws|amazon)\.|^\.|\.$/i;
const DATA_TYPE = /^(String|Number|Binary)(\..+)?$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** Source: SQS API_SendMessage.html; anything else in a body is refused. */
const FORBIDDEN_CHARACTER = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Whether a text has only characters a message may have. */
export function hasValidCharacters(value: string): boolean {
  return !FORBIDDEN_CHARACTER.test(value);
}

/** Refuses a message body with characters it cannot have. */
export function checkBody(body: string): void {
  if (hasValidCharacters(body)) return;
  throw sqsError(
    'InvalidMessageContents',
    'Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF',
  );
}

/** Reads and checks the message attributes of a send. Source: SQS sqs-message-metadata.html */
export function readMessageAttributes(input: Document): MessageAttributes {
  const documents = Object.entries(structure(input, 'MessageAttributes') ?? {});
  if (documents.length > ATTRIBUTES_MAX) {
    throw invalidParameter(
      `Number of message attributes [${documents.length}] exceeds the allowed maximum [${ATTRIBUTES_MAX}].`,
    );
  }
  return Object.fromEntries(
    documents.map(([name, document]) => {
      checkName(name);
      return [name, readAttribute(name, document)];
    }),
  );
}

/** Reads the one message system attribute there is, an X-Ray trace header. */
export function readTraceHeader(input: Document): MessageAttribute | undefined {
  const { AWSTraceHeader, ...others } = structure(input, 'MessageSystemAttributes') ?? {};
  const foreign = Object.keys(others)[0];
  if (foreign !== undefined) {
    throw invalidParameter(`Message system attribute name '${foreign}' is invalid.`);
  }
  if (AWSTraceHeader === undefined) return undefined;
  const attribute = readAttribute('AWSTraceHeader', AWSTraceHeader);
  if (attribute.DataType === 'String') return attribute;
  throw invalidValue('AWSTraceHeader.DataType', attribute.DataType, 'It must be String.');
}

/** The bytes attributes add to a message's size: names, types and values. They need not be valid. */
export function attributesBytes(attributes: Document): number {
  return Object.entries(attributes).reduce((sum, [name, attribute]) => {
    if (!isDocument(attribute)) return sum;
    const { DataType, StringValue, BinaryValue } = attribute;
    const texts = [name, DataType, StringValue].filter((part) => typeof part === 'string');
    const binary = typeof BinaryValue === 'string' ? Buffer.byteLength(BinaryValue, 'base64') : 0;
    return sum + binary + texts.reduce((bytes, part) => bytes + Buffer.byteLength(part, 'utf8'), 0);
  }, 0);
}

function checkName(name: string): void {
  if (name.length > NAME_MAX) {
    throw invalidParameter(`Message (user) attribute names must be shorter than ${NAME_MAX} Bytes`);
  }
  if (!NAME.test(name) || name.includes('..')) {
    throw invalidParameter(
      'Message (user) attributes name can only contain upper and lower score characters, digits, periods, hyphens and underscores. ',
    );
  }
  if (!RESERVED_NAME.test(name)) return;
  throw invalidParameter(
    "You can't use message attribute names beginning with 'AWS.' or 'Amazon.'. These strings are reserved for internal use. Additionally, they cannot start or end with '.'.",
  );
}

function readAttribute(name: string, document: unknown): MessageAttribute {
  if (!isDocument(document)) throw invalidParameter(`The message attribute '${name}' must be a structure.`);
  const dataType = text(document, 'DataType');
  if (dataType === undefined || dataType === '') {
    throw invalidParameter(`The message attribute '${name}' must contain non-empty message attribute type.`);
  }
  const logicalType = DATA_TYPE.exec(dataType)?.[1];
  if (logicalType === undefined || dataType.length > NAME_MAX || !hasValidCharacters(dataType)) {
    throw invalidParameter(
      `The type of message (user) attribute '${name}' is invalid. You must use only the following supported type prefixes: Binary, Number, String.`,
    );
  }
  const member = logicalType === 'Binary' ? 'BinaryValue' : 'StringValue';
  const value = text(document, member);
  if (value === undefined || value === '') {
    throw invalidParameter(
      `Message (user) attribute '${name}' must contain a non-empty value of type '${logicalType}'.`,
    );
  }
  checkAttributeValue(name, logicalType, value);
  return { DataType: dataType, [member]: value };
}

function checkAttributeValue(name: string, logicalType: string, value: string): void {
  if (logicalType === 'Number' && !NUMBER.test(value)) {
    throw invalidParameter(`Can't cast the value of message (user) attribute '${name}' to a number.`);
  }
  if (logicalType === 'Binary' || hasValidCharacters(value)) return;
  throw invalidParameter(`Invalid characters found in the value of message (user) attribute '${name}'.`);
}
