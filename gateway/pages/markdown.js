// Markdown as a model writes it, made into nodes that can do no harm. The text is an attacker's for all we
// know: HTML in it stays text, nothing is fetched from other hosts, and a link that leads elsewhere than to
// the web or a mailbox is shown as it was written. DOMPurify has the last word over what the rules below let
// through, and makes the only HTML that `require-trusted-types-for 'script'` accepts.

import DOMPurify from "./dompurify.js";
import { Marked, Tokenizer } from "./marked.js";

const heading_of_page = 2; // an answer's headings stand below those of the page
const depth_max = 16; // quotes and lists in one another
const inline_max = 16_000; // characters of a paragraph's end in which links and the like are looked for
const link_pattern = /^(?:https?:\/\/|mailto:)[^\s]+$/i;
const picture_pattern = /^data:image\/(?:png|jpeg|gif|webp);base64,[a-z0-9+/=]+$/i;
const language_pattern = /^language-[\w+#.-]{1,40}$/;

const allowed = {
  RETURN_DOM_FRAGMENT: true,
  ALLOWED_TAGS: [
    "a", "blockquote", "br", "code", "del", "div", "em", "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
  ],
  ALLOWED_ATTR: ["align", "alt", "class", "href", "rel", "src", "start", "tabindex", "target", "title"],
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
};

const escapes = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escaped = (text) => text.replace(/[&<>"']/g, (character) => escapes[character]);
// Of a destination in parentheses, unlike a bare one, the references to characters are still to be read.
const address_of = ({ href, autolink }) => escaped(href).replace(autolink ? /$^/ : /&amp;(?=#?\w+;)/g, "&");
const title_of = ({ title }) => (title ? ` title="${escaped(title)}"` : "");

let links_open = 0; // a link stands in no other link

const renderer = {
  heading({ tokens, depth }) {
    const level = Math.min(depth + heading_of_page, 6);
    return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
  },
  code({ text, lang }) {
    const name = `language-${/^\S*/.exec(lang ?? "")[0]}`;
    const language = language_pattern.test(name) ? ` class="${name}"` : "";
    // Wide code scrolls, and what scrolls has to be reached by the keyboard.
    return `<pre tabindex="0"><code${language}>${escaped(text)}</code></pre>\n`;
  },
  table(token) {
    const row = (cells) => `<tr>${cells.map((cell) => this.tablecell(cell)).join("")}</tr>\n`;
    const body = token.rows.map(row).join("");
    return `<div tabindex="0"><table><thead>${row(token.header)}</thead>` +
      `${body && `<tbody>${body}</tbody>`}</table></div>\n`;
  },
  link(token) {
    if (!link_pattern.test(token.href)) return escaped(token.raw);
    if (links_open > 0) return this.parser.parseInline(token.tokens);
    ++links_open;
    const content = this.parser.parseInline(token.tokens);
    --links_open;
    return `<a href="${address_of(token)}"${title_of(token)}>${content}</a>`;
  },
  image(token) {
    if (picture_pattern.test(token.href))
      return `<img src="${token.href}" alt="${escaped(token.text)}"${title_of(token)}>`;
    if (!link_pattern.test(token.href)) return escaped(token.raw);
    const name = escaped(token.text || token.href);
    return links_open > 0 ? name : `<a href="${address_of(token)}"${title_of(token)}>${name}</a>`;
  },
  checkbox: ({ checked }) => (checked ? "\u2611 " : "\u2610 "),
  html: ({ raw }) => escaped(raw),
};

/** Reads no HTML, and bounds what takes more than linear time: nesting, and long paragraphs. */
class BoundedTokenizer extends Tokenizer {
  depth = 0;

  html() {} // a block of HTML is a paragraph like any other
  tag(source) { // and a tag in it plain text, in which no markdown is looked for
    const raw = this.rules.inline.tag.exec(source)?.[0];
    return raw === undefined ? undefined : { type: "html", raw, text: raw, block: false };
  }

  nested(read) {
    if (this.depth === depth_max) return undefined;
    ++this.depth;
    try {
      return read();
    } finally {
      --this.depth;
    }
  }
  blockquote(source) {
    return this.nested(() => super.blockquote(source));
  }
  list(source) {
    return this.nested(() => super.list(source));
  }

  inlineText(source) {
    if (source.length <= inline_max) return super.inlineText(source);
    const raw = source.slice(0, inline_max);
    return { type: "text", raw, text: raw, escaped: false };
  }
}

const marked = new Marked({ gfm: true, renderer });
marked.setOptions({ tokenizer: new BoundedTokenizer() });

DOMPurify.addHook("uponSanitizeAttribute", (node, attribute) => {
  if (attribute.attrName === "class") attribute.keepAttr = language_pattern.test(attribute.attrValue);
  if (attribute.attrName === "src") attribute.keepAttr = picture_pattern.test(attribute.attrValue);
  if (attribute.attrName === "href") attribute.keepAttr = link_pattern.test(attribute.attrValue);
});
DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.nodeName !== "A") return;
  node.setAttribute("rel", "noopener noreferrer nofollow");
  node.setAttribute("target", "_blank");
});

function as_written(text) {
  const fragment = document.createDocumentFragment();
  const block = document.createElement("pre");
  block.tabIndex = 0;
  block.textContent = text;
  fragment.append(block);
  return fragment;
}

let earlier = new Map(); // the blocks of the latest text: a stream adds to the last of them only

function nodes_of(text) {
  const fragment = document.createDocumentFragment();
  const blocks = new Map();
  for (const token of marked.lexer(text)) {
    const html = marked.parser([token]);
    if (html === "") continue;
    const nodes = blocks.get(html) ?? earlier.get(html) ?? DOMPurify.sanitize(html, allowed);
    blocks.set(html, nodes);
    fragment.append(nodes.cloneNode(true));
  }
  earlier = blocks;
  return fragment;
}

/**
 * The nodes of a text in Markdown, be it unfinished. A text that can't be read as Markdown is shown as it
 * was written.
 */
export function render_markdown(text) {
  try {
    links_open = 0;
    return nodes_of(text);
  } catch {
    return as_written(text);
  }
}
