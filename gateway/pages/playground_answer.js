/**
 * The answer of a model, part by part, as it comes. Nothing is drawn before `flush()`, which costs one
 * layout however much has come; of a long text only the last block is rendered again.
 */
import { render_markdown } from "./markdown.js";
import { settled_length } from "./playground_blocks.js";
import { made } from "./playground_dom.js";

// A text without an end of a block is rendered again and again: this share of the time at most.
const rest_per_work = 8;
// What other blocks may refer to: `[name]: https://...`
const reference = /^ {0,3}\[[^\]\n]{1,999}\]:/m;

/** Markdown that grows. */
class MarkdownPart {
  #settled = 0; #drawn = 0; #not_before = 0;

  constructor() {
    this.element = made("div", "text");
    this.tail = made("div", "tail");
    this.element.append(this.tail);
    this.text = "";
  }

  /** False where it is put off. */
  draw(now) {
    if (this.#drawn === this.text.length) return true;
    if (now < this.#not_before) return false;
    const begin = performance.now();
    const settled = settled_length(this.text.slice(this.#settled));
    if (settled > 0) {
      this.tail.before(render_markdown(this.text.slice(this.#settled, this.#settled + settled)));
      this.#settled += settled;
    }
    this.tail.replaceChildren(render_markdown(this.text.slice(this.#settled)));
    this.#drawn = this.text.length;
    this.#not_before = now + rest_per_work * (performance.now() - begin);
    return true;
  }

  finish() {
    this.#not_before = 0;
    this.draw(0);
    if (reference.test(this.text)) this.element.replaceChildren(render_markdown(this.text));
  }
}

/** Text as it is: thoughts, which fold away, and refusals. */
class PlainPart {
  #pending = "";

  constructor(kind) {
    this.text = "";
    this.target = made("div", "plain");
    this.target.dir = "auto";
    this.element = this.target;
    if (kind === "refusal") this.target.classList.add("refusal");
    if (kind !== "reasoning") return;
    this.element = made("details", "reasoning");
    this.element.append(made("summary", "", "Reasoning"), this.target);
  }

  add(text) { this.#pending += text; }

  draw() {
    if (this.#pending) this.target.append(this.#pending);
    this.#pending = "";
    return true;
  }

  finish() { this.draw(); }
}

/** A picture or a sound, whole or in parts: a part that begins with no known signature goes on with the last. */
class MediaPart {
  #bytes = ""; #drawn = 0;

  constructor(type) {
    this.type = type;
    this.element = made(type.startsWith("image/") ? "img" : "audio");
    if (type.startsWith("image/")) this.element.alt = "Picture from the model";
    else this.element.controls = true;
  }

  add(bytes) { this.#bytes += bytes; }

  draw() {
    if (this.#drawn !== this.#bytes.length) this.element.src = `data:${this.type};base64,${btoa(this.#bytes)}`;
    this.#drawn = this.#bytes.length;
    return true;
  }

  finish() { this.draw(); }
}

const shown_media = /^(image|audio)\/[a-z0-9.+-]+$/i;
const signature = /^(\x89PNG|\xff\xd8\xff|GIF8|RIFF|BM|ID3|OggS|fLaC|\s*<)/;

export class Answer {
  #parts = []; #last = null; #tools = new Map();
  /** What can be kept: [{kind: "text"|"reasoning"|"refusal", text} | {kind: "tool", name, text} | {kind: "note", text}]. */
  kept = [];

  constructor(element) {
    this.element = element;
    element.replaceChildren();
  }

  /** The content of an unnamed event. */
  take(value) {
    for (const kind of ["text", "reasoning", "refusal"]) if (value[kind]) this.#text(kind, String(value[kind]));
    if (value.tool_call) this.#tool(value.tool_call);
    if (value.media) this.#media(value.media);
  }

  /** An answer that was kept. */
  restore(kept) {
    for (const { kind, text, name } of kept) {
      if (kind === "tool") this.#tool({ index: this.#tools.size, name, arguments: text });
      else if (kind === "note") this.#note(text);
      else this.#text(kind, text);
    }
    this.finish();
  }

  /** The text alone, as the model wrote it. */
  get text() { return this.kept.filter(({ kind }) => kind === "text").map(({ text }) => text).join(""); }
  get is_empty() { return this.kept.length === 0; }

  /** False where some of it was put off: ask again in the next frame. */
  flush(now) { return this.#parts.map((part) => part.draw(now)).every(Boolean); }

  finish() { for (const part of this.#parts) part.finish(); }

  #show(part, kept) {
    this.#last = part;
    this.kept.push(kept);
    this.element.append(part.element);
    if (part.draw) this.#parts.push(part);
  }

  #text(kind, text) {
    if (this.#last?.kind !== kind) {
      const part = Object.assign(kind === "text" ? new MarkdownPart() : new PlainPart(kind), { kind });
      this.#show(part, { kind, text: "" });
    }
    this.#last.text += text;
    this.#last.add?.(text);
    this.kept.at(-1).text += text;
  }

  #tool({ index, name, arguments: text = "" }) {
    let call = this.#tools.get(index);
    if (!call) {
      call = { element: made("div", "tool"), code: made("code"), kept: { kind: "tool", name, text: "" } };
      call.element.append(made("b", "", `Calls ${name || "a tool"}`), call.code);
      this.#tools.set(index, call);
      this.#show({ element: call.element }, call.kept);
    }
    call.code.append(text);
    call.kept.text += text;
  }

  #note(text) { this.#show({ element: made("p", "hint", text) }, { kind: "note", text }); }

  #media({ type, data }) {
    if (!shown_media.test(type)) return this.#note(`A part of type ${type}, not shown.`);
    let bytes = "";
    try { bytes = atob(data); } catch { return; }
    if (this.#last?.type !== type || signature.test(bytes)) {
      this.#show(new MediaPart(type), { kind: "note", text: `Here was a part of type ${type}.` });
    }
    this.#last.add(bytes);
  }
}
