// A conversation as a program that asks the same: curl, a browser's fetch and EventSource, the SDKs of OpenAI
// and Anthropic. The conversation may hold anything, and what is pasted into a shell or a page must stay data
// there. Keys stand in none of them: a program takes its own from the environment.

const width = 88; // what a line may hold before an object goes over several
const anthropic_tokens = 4096; // Anthropic's API has no answer without a bound
const target_max = 6000; // characters of a query; the gateway takes 8 KiB of path and query
const argument_max = 100_000; // bytes; Linux takes 128 KiB in one argument

// Characters that one does not see, that turn the direction of a line, or that end one in some languages.
const unseen =
  /[\u007F-\u00A0\u00AD\u061C\u180E\u200B-\u200F\u2028-\u202F\u205F-\u206F\u3164\uFE00-\uFE0F\uFEFF\uFFF9-\uFFFF]|[\u{E0000}-\u{E0FFF}]/gu;
const code_unit = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0").toUpperCase()}`;

/** JSON's form of a string, which is that of JavaScript too. A half of a character can't be sent: U+FFFD. */
const quoted = (text) =>
  JSON.stringify(text.toWellFormed()).replace(unseen, (character) => character.split("").map(code_unit).join(""));

/** The same where it may stand in a page's `<script>`, which ends at `</script` wherever that is. */
const script_quoted = (text) => quoted(text).replace(/<(?=[!/]|script)/gi, "\\u003C");

const shell_quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** Writes a value, over several lines where it is long. */
function written(value, { string, name }, indent = "") {
  if (typeof value === "string") return string(value);
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const is_list = Array.isArray(value);
  const inner = `${indent}  `;
  const parts = is_list
    ? value.map((each) => written(each, { string, name }, inner))
    : Object.entries(value).map(([key, each]) => `${name(key)}: ${written(each, { string, name }, inner)}`);
  const [open, close] = is_list ? "[]" : "{}";
  const space = is_list ? "" : " ";
  const line = `${open}${space}${parts.join(", ")}${space}${close}`;
  if (parts.length === 0) return open + close;
  if (indent.length + line.length <= width && !line.includes("\n")) return line;
  return `${open}\n${parts.map((part) => inner + part).join(",\n")}\n${indent}${close}`;
}

const in_json = { string: quoted, name: quoted };
const in_script = { string: script_quoted, name: (key) => (/^[a-z_]\w*$/i.test(key) ? key : script_quoted(key)) };
const literal = (value, indent) => written(value, in_script, indent);

/** What is set: absent, null and "" leave a parameter to its default. */
const set_only = (members) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null && value !== ""));

/** The system prompt, the turns without it, and the other parameters, from wherever they stand. */
function parts_of({ messages, parameters = {} }) {
  const { system, temperature, max_tokens, top_p, seed, stop } = parameters;
  const said = messages.filter(({ role, content }) => role === "system" && content);
  const stops = [stop ?? []].flat().filter((text) => text !== "");
  return {
    system: [system, ...said.map(({ content }) => content)].filter(Boolean).join("\n\n"),
    turns: messages.filter(({ role, content }) => role !== "system" && content?.length > 0)
      .map(({ role, content }) => ({ role, content })),
    stops,
    tuning: set_only({ temperature, max_tokens, top_p, seed }),
  };
}

/** The body of the gateway's own API. */
function native_body(request) {
  const { system, turns, stops, tuning } = parts_of(request);
  const is_prompt = turns.length === 1 && turns[0].role === "user" && typeof turns[0].content === "string";
  const question = is_prompt ? { prompt: turns[0].content } : { messages: turns };
  const stop = stops.length > 1 ? stops : stops[0];
  return set_only({ model: request.model, system, ...question, ...tuning, stop });
}

function curl({ origin, authenticated, ...request }) {
  const body = written(native_body(request), in_json);
  const fits = new TextEncoder().encode(shell_quoted(body)).length < argument_max;
  const lines = [
    `curl -N ${shell_quoted(`${origin}/v1/streams`)}`,
    ...(authenticated ? ['-H "Authorization: Bearer $SLUICE_API_KEY"'] : []),
    "-H 'Content-Type: application/json'",
    fits ? `-d ${shell_quoted(body)}` : `-d @- <<'JSON'\n${body}\nJSON`,
  ];
  return lines.join(" \\\n  ");
}

const json_header = '{ "Content-Type": "application/json" }';
const key_in_page = `  // A page of the gateway has a cookie in place of a key.
  const key = globalThis.process?.env.SLUICE_API_KEY;
`;
const json_and_key_header = '{ "Content-Type": "application/json", ...(key && { Authorization: `Bearer ${key}` }) }';

function post_of({ origin, authenticated, ...request }, path) {
  return `${authenticated ? key_in_page : ""}  const response = await fetch(${script_quoted(origin + path)}, {
    method: "POST",
    headers: ${authenticated ? json_and_key_header : json_header},
    body: JSON.stringify(${literal(native_body(request), "    ")}),
  });
  if (!response.ok) throw new Error((await response.json()).error.message);
`;
}

const browser_fetch = (request) => `async function ask() {
${post_of(request, "/v1/streams")}  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let ended = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data: ")) continue;
      const { text, error, finish_reason } = JSON.parse(line.slice(6));
      if (text) console.log(text);
      if (error) throw new Error(error.message);
      if (finish_reason) ended = true;
    }
  }
  if (!ended) throw new Error("the connection was lost before the end");
}
ask();`;

const listen = `function listen(url) {
  const source = new EventSource(url);
  source.onmessage = (event) => {
    const { text } = JSON.parse(event.data);
    if (text) console.log(text);
  };
  source.addEventListener("done", (event) => {
    source.close();
    const { error } = JSON.parse(event.data);
    if (error) console.error(error.message);
  });
  source.onerror = () => {
    // A lost connection is tried again, from where it broke; a refused request is not.
    if (source.readyState === EventSource.CLOSED) console.error("the request was refused");
  };
}
`;

/** EventSource posts nothing: what does not fit into a URL, or takes a key, is begun first and then read. */
function event_source(request) {
  const { origin, authenticated } = request;
  const body = native_body(request);
  const fits = "prompt" in body && !Array.isArray(body.stop) && `${new URLSearchParams(body)}`.length < target_max;
  if (fits && !authenticated)
    return `${listen}listen(${script_quoted(`${origin}/v1/stream?`)} + new URLSearchParams(${literal(body)}));`;
  return `${listen}async function begin() {
${post_of(request, "/v1/streams?detach=true")}  const { url, signed_url } = await response.json();
  listen(${script_quoted(origin)} + (signed_url ?? url));
}
begin();`;
}

const sdk_key = ({ authenticated }) => (authenticated ? "process.env.SLUICE_API_KEY" : '"unused"');

function openai({ origin, model, ...request }) {
  const { system, turns, stops, tuning } = parts_of(request);
  const messages = [...(system ? [{ role: "system", content: system }] : []), ...turns];
  const stop = stops.length > 1 ? stops : stops[0];
  const body = set_only({ model, messages, ...tuning, stop, stream: true });
  return `import OpenAI from "openai"; // npm install openai

const client = new OpenAI({ baseURL: ${script_quoted(`${origin}/v1`)}, apiKey: ${sdk_key(request)} });
const stream = await client.chat.completions.create(${literal(body)});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? "");`;
}

/** Anthropic's API knows no seed. */
function anthropic({ origin, model, ...request }) {
  const { system, turns, stops, tuning } = parts_of(request);
  const { temperature, top_p, max_tokens = anthropic_tokens } = tuning;
  const stop_sequences = stops.length > 0 ? stops : undefined;
  const body = set_only({ model, max_tokens, system, messages: turns, temperature, top_p, stop_sequences });
  return `import Anthropic from "@anthropic-ai/sdk"; // npm install @anthropic-ai/sdk

const client = new Anthropic({ baseURL: ${script_quoted(origin)}, apiKey: ${sdk_key(request)} });
const stream = client.messages.stream(${literal(body)});
stream.on("text", (text) => process.stdout.write(text));
await stream.finalMessage();`;
}

/**
 * The programs that ask `messages` of `model`: `[{id, name, language, code}]`. `origin` is the gateway's
 * address, with the path under which a proxy has it, if any; `parameters` are `system`, `temperature`,
 * `max_tokens`, `top_p`, `seed` and `stop`; `authenticated` says that the gateway wants a key.
 */
export function snippets({ origin, model, messages, parameters, authenticated }) {
  const request = { origin: origin.replace(/\/+$/, ""), model, messages, parameters, authenticated };
  return [
    { id: "curl", name: "curl", language: "bash", code: curl(request) },
    { id: "fetch", name: "fetch", language: "javascript", code: browser_fetch(request) },
    { id: "eventsource", name: "EventSource", language: "javascript", code: event_source(request) },
    { id: "openai", name: "OpenAI SDK", language: "javascript", code: openai(request) },
    { id: "anthropic", name: "Anthropic SDK", language: "javascript", code: anthropic(request) },
  ];
}
