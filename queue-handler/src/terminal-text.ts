/**
 * Text of others on a terminal: names, models, what servers say. Characters that a terminal obeys instead of showing them,
 * or that turn the order of what is shown, are written out.
 */

// C0, DEL and C1 (https://www.unicode.org/charts/PDF/U0080.pdf); line and paragraph separators; the marks of direction
// (https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters).
const BEYOND_ASCII = '\\u007f-\\u009f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069';
const STEERING = new RegExp(`[\\u0000-\\u001f${BEYOND_ASCII}]`, 'g');
const STEERING_LINES = new RegExp(`[\\u0000-\\u0009\\u000b-\\u001f${BEYOND_ASCII}]`, 'g');
const STEERING_HTML = new RegExp(`[\\u0000-\\u0008\\u000b-\\u001f${BEYOND_ASCII}]`, 'g');
const STEERING_JSON = new RegExp(`[${BEYOND_ASCII}]`, 'g');

/** One line of text, such as a name. */
export function terminalText(text: string): string {
  return text.replace(STEERING, written);
}

/** Text of our own that holds text of others: its line ends stay. */
export function terminalLines(text: string): string {
  return text.replace(STEERING_LINES, written);
}

/** JSON that says the same and steers nothing. */
export function terminalJson(json: string): string {
  return json.replace(STEERING_JSON, written);
}

/** A page for a browser, which shows the same; only a tab and a line end are what they were. */
export function terminalHtml(html: string): string {
  return html.replace(STEERING_HTML, (character) => `&#x${hex(character)};`);
}

/** The first character that would steer a terminal, as people name it, or null. */
export function steeringIn(text: string): string | null {
  const found = text.match(STEERING)?.[0];
  return found === undefined ? null : `U+${hex(found).toUpperCase()}`;
}

function written(character: string): string {
  return `\\u${hex(character)}`;
}

function hex(character: string): string {
  return character.charCodeAt(0).toString(16).padStart(4, '0');
}
