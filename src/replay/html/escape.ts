/** Text that is already HTML; only `html` makes it. */
export interface Markup {
  readonly markup: string;
}

type Part = string | number | Markup | readonly Markup[];

/** HTML from a template; whatever is put in is escaped, unless it is markup itself. */
export function html(texts: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  const pieces = texts.map(
    (text, index) => text + (index < parts.length ? markupOf(parts[index] ?? '') : ''),
  );
  return { markup: pieces.join('') };
}

function markupOf(part: Part): string {
  if (typeof part === 'number') return String(part);
  if (typeof part === 'string') return escapeHtml(part);
  return 'markup' in part ? part.markup : part.map(({ markup }) => markup).join('');
}

/** Nothing, where a template may have something. */
export const NOTHING: Markup = { markup: '' };

/** Line breaks and tabs stay; other control characters are shown as what cannot be shown. */
function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]|(?![\n\t])\p{Cc}/gu, (character) =>
    /\p{Cc}/u.test(character) ? '\ufffd' : `&#${character.charCodeAt(0)};`,
  );
}
