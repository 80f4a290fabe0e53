/**
 * An answer as it was meant to look. Markdown becomes elements of a fixed list, and never HTML: whatever a model writes is
 * text, nothing of it is fetched, and a link leads away without saying from where.
 */
import MarkdownIt, { type Token } from 'markdown-it';
import { type ComponentChildren, h, type VNode } from 'preact';

// Pictures would be fetched from wherever a model says; their text is shown in their place.
const reader = new MarkdownIt({ html: false, linkify: false, breaks: true }).disable(['image']);

const TAGS = new Set(
  'p h1 h2 h3 h4 h5 h6 ul ol li blockquote pre code em strong s a hr br table thead tbody tr th td'.split(' '),
);
// Above the headings of an answer a page has its own: the answer's is of the second level.
const ABOVE = 2;
const LOWEST = 6;
const LONGEST = 200_000;

/** Two characters for the ends of what is marked, which the text itself does not have. */
interface Ends {
  open: string;
  close: string;
}

export interface Span {
  start: number;
  end: number;
}

export function Markdown({ text, span }: { text: string; span: Span | null }): VNode {
  if (text.length > LONGEST) {
    return <PlainText text={text} span={span} />;
  }
  const ends = endsFor(text);
  const tokens = reader.parse(span === null || ends === null ? text : withEnds(text, span, ends), {});
  return (
    <div class="markdown" dir="auto">
      {new Building(ends).nodes(tokens)}
    </div>
  );
}

/** Character by character as it came. */
export function PlainText({ text, span }: { text: string; span: Span | null }): VNode {
  const points = span === null ? [] : [...text];
  return (
    <div class="plain" dir="auto">
      {span === null ? (
        text
      ) : (
        <>
          {points.slice(0, span.start).join('')}
          <mark>{points.slice(span.start, span.end).join('')}</mark>
          {points.slice(span.end).join('')}
        </>
      )}
    </div>
  );
}

function endsFor(text: string): Ends | null {
  // From a block for private use, which no font and no Markdown gives a meaning.
  for (let code = 0xe000; code < 0xe100; code += 2) {
    const ends = { open: String.fromCharCode(code), close: String.fromCharCode(code + 1) };
    if (!text.includes(ends.open) && !text.includes(ends.close)) {
      return ends;
    }
  }
  return null;
}

function withEnds(text: string, { start, end }: Span, { open, close }: Ends): string {
  const points = [...text];
  return [...points.slice(0, start), open, ...points.slice(start, end), close, ...points.slice(end)].join('');
}

interface Open {
  tag: string;
  attributes: object;
  children: ComponentChildren[];
}

class Building {
  readonly #ends: Ends | null;
  #isMarked = false;
  #level = ABOVE;

  constructor(ends: Ends | null) {
    this.#ends = ends;
  }

  nodes(tokens: readonly Token[]): ComponentChildren[] {
    const stack: Open[] = [{ tag: '', attributes: {}, children: [] }];
    const add = (child: ComponentChildren): void => void stack.at(-1)?.children.push(child);
    for (const token of tokens) {
      if (token.nesting === 1) {
        stack.push(this.#opened(token));
      } else if (token.nesting === -1) {
        const closed = stack.pop();
        if (closed !== undefined) {
          add(token.hidden ? closed.children : element(closed.tag, closed.attributes, closed.children));
        }
      } else {
        add(this.#single(token));
      }
    }
    return stack[0]?.children ?? [];
  }

  /** A heading keeps the look that it asked for, and leaves out no level below the one before it. */
  #opened(token: Token): Open {
    if (token.type !== 'heading_open') {
      return { tag: token.tag, attributes: attributesOf(token), children: [] };
    }
    this.#level = Math.min(ABOVE + Number(token.tag.slice(1)), this.#level + 1, LOWEST);
    return { tag: `h${this.#level}`, attributes: { class: token.tag }, children: [] };
  }

  #single(token: Token): ComponentChildren {
    switch (token.type) {
      case 'inline':
        return this.nodes(token.children ?? []);
      case 'text':
      case 'text_special':
        return this.#text(token.content);
      case 'softbreak':
      case 'hardbreak':
        return <br />;
      case 'code_inline':
        return <code>{this.#text(token.content)}</code>;
      case 'code_block':
      case 'fence':
        return (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable by key
          <pre tabIndex={0}>
            <code>{this.#text(token.content)}</code>
          </pre>
        );
      case 'hr':
        return <hr />;
      default:
        return this.#text(token.content);
    }
  }

  /** With what stands between the ends in a mark, across elements too. */
  #text(text: string): ComponentChildren {
    if (this.#ends === null) {
      return text;
    }
    const { open, close } = this.#ends;
    const parts: ComponentChildren[] = [];
    for (const piece of text.split(new RegExp(`([${open}${close}])`))) {
      if (piece === open || piece === close) {
        this.#isMarked = piece === open;
      } else if (piece !== '') {
        parts.push(this.#isMarked ? <mark>{piece}</mark> : piece);
      }
    }
    return parts;
  }
}

function element(tag: string, attributes: object, children: ComponentChildren[]): ComponentChildren {
  if (!TAGS.has(tag)) {
    return children;
  }
  return tag === 'table' ? (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reachable by key
    <div class="scrolls" tabIndex={0}>
      {h('table', null, children)}
    </div>
  ) : (
    h(tag, attributes, children)
  );
}

function attributesOf(token: Token): object {
  if (token.tag === 'a') {
    return { href: safe(String(token.attrGet('href') ?? '')), rel: 'noopener noreferrer nofollow', target: '_blank' };
  }
  const start = token.tag === 'ol' ? token.attrGet('start') : null;
  return start === null ? {} : { start: Number(start) };
}

/** A model may write any address; only one of the web, or of a letter, can be followed. */
function safe(address: string): string | undefined {
  return /^(?:https?|mailto):/i.test(address) ? address : undefined;
}
