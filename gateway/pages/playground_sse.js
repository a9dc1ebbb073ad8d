/**
 * Server-Sent Events from text in pieces of any size: what comes out depends only on the text, never
 * on where it was cut. Calls on_event({type, data, id}), on_comment(text), on_retry(milliseconds).
 * What a lost connection leaves unfinished is never dispatched: each connection takes a new parser.
 */
export class SseParser {
  #partial = ""; #after_cr = false; #type = ""; #data = []; #id = "";

  constructor({ on_event, on_comment = () => {}, on_retry = () => {} }) {
    this.on_event = on_event;
    this.on_comment = on_comment;
    this.on_retry = on_retry;
  }

  feed(text) {
    if (text === "") return;
    // A CR that ended the last piece has ended its line: a LF behind it belongs to it.
    if (this.#after_cr && text.startsWith("\n")) text = text.slice(1);
    this.#after_cr = false;
    let begin = 0;
    for (const end of text.matchAll(/\r\n|\n|\r/g)) {
      this.#line(this.#partial + text.slice(begin, end.index));
      this.#partial = "";
      begin = end.index + end[0].length;
      this.#after_cr = end[0] === "\r" && begin === text.length;
    }
    this.#partial += text.slice(begin);
  }

  #line(line) {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return this.on_comment(line.slice(1).trim());
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#type = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^\d+$/.test(value)) this.on_retry(Number(value));
  }

  #dispatch() {
    const type = this.#type, data = this.#data;
    this.#type = "";
    this.#data = [];
    if (data.length > 0) this.on_event({ type: type || "message", data: data.join("\n"), id: this.#id });
  }
}
