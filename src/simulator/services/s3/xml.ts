import { escapeXml } from '../../wire.ts';

/** An element and what is in it: texts, numbers, further elements, or a list of elements of that name. */
export type Content =
  | string
  | number
  | boolean
  | undefined
  | { readonly [name: string]: Content }
  | readonly Content[];

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** A document with one root, as S3 writes its answers. */
export function xmlDocument(root: string, content: { readonly [name: string]: Content }): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${inner(content)}</${root}>`;
}

function element(name: string, content: Content): string {
  if (content === undefined) return '';
  if (isList(content)) return content.map((one) => element(name, one)).join('');
  return `<${name}>${typeof content === 'object' ? inner(content) : escapeXml(String(content))}</${name}>`;
}

function inner(content: { readonly [name: string]: Content }): string {
  return Object.entries(content)
    .map(([name, child]) => element(name, child))
    .join('');
}

function isList(content: Content): content is readonly Content[] {
  return Array.isArray(content);
}

/** The texts of all elements of that name, wherever they stand. Enough for the few bodies that S3 is sent here. */
export function elementTexts(document: string, name: string): string[] {
  const pattern = new RegExp(`<(?:\\w+:)?${name}(?:\\s[^>]*)?>([^<]*)</(?:\\w+:)?${name}>`, 'g');
  return [...document.matchAll(pattern)].map(([, text = '']) => unescapeXml(text));
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#x([\da-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return ENTITIES[name] ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}
