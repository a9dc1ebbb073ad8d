/** The playground: what the controls do, and what becomes of a conversation. */
import { create_key_door } from "./key_door.js";
import { start_copy } from "./playground_copy.js";
import { by_id } from "./playground_dom.js";
import { EventList } from "./playground_events.js";
import { Run } from "./playground_run.js";
import { open_settings, settings, show_mock_settings, start_settings, wrong_field } from "./playground_settings.js";
import * as store from "./playground_store.js";
import { fresh_name } from "./playground_stream.js";
import { Turn, is_forgotten } from "./playground_turn.js";

const events = new EventList();
let turns = [];    // of class Turn, the newest last
let run = null;    // what reads, or read last
let mocks = new Set(["mock"]);
const door = create_key_door({ door: by_id("door-place"), who: by_id("who-place"), on_change: look_changed });
let owner = null;  // the key whose conversation it is
let generates = true; // false at the operators' address

const is_running = () => run !== null && !run.over;
const ready = () => (generates ? "Ready" : "Not at this address");
const announce = (words) => { by_id("announce").textContent = words; };
const save = () => store.save_turns(turns.map((turn) => kept_of(turn.record)));

/** The body, which holds the whole conversation before it, is of use only where it may be asked again. */
function kept_of(record) {
  if (record.state === "live" || record.fault) return record;
  return { ...record, request: { ...record.request, body: "" } };
}

// ---- what is asked ----------------------------------------------------------------------------------

const model = () => (by_id("model").hidden ? by_id("model-name").value.trim() : by_id("model").value);

/** What was said before, in the words of chat completions; a turn without an answer is left out. */
function history_of(earlier) {
  return earlier.filter(({ record, answer }) => record.prompt && answer.text).flatMap(({ record, answer }) => [
    { role: "user", content: record.prompt }, { role: "assistant", content: answer.text }]);
}

/** Of a question that is asked now. `defaults` are of a mock's settings where their fields are empty. */
function record_of(prompt, earlier, defaults) {
  const { system, parameters, mock, transport } = settings();
  const messages = [
    ...(system ? [{ role: "system", content: system }] : []), ...history_of(earlier), { role: "user", content: prompt }];
  const body = JSON.stringify({ ...(model() && { model: model() }), messages, ...parameters });
  const headers = Object.fromEntries(Object.entries({ ...(by_id("mock-settings").hidden ? {} : defaults), ...mock })
    .map(([name, value]) => [`X-Mock-${name}`, String(value)]));
  return {
    prompt, model: model(), request: { name: fresh_name(), body, headers }, defaults, transport,
    id: "", state: "live", begun_at: Date.now(), first_at: null, resumed: 0, kept: [],
  };
}

/** What 'Copy as' asks: the newest question, else what stands in the box. */
function asked_now() {
  const { system, parameters } = settings();
  const draft = by_id("prompt").value.trim();
  const newest = turns.at(-1)?.record.prompt;
  const prompt = draft || newest || "Tell me about rivers";
  const earlier = history_of(draft ? turns : turns.slice(0, -1));
  const messages = [...(system ? [{ role: "system", content: system }] : []), ...earlier, { role: "user", content: prompt }];
  const name = model() || turns.at(-1)?.record.model || by_id("model").options[1]?.value || "mock";
  return { model: name, messages, parameters, authenticated: Boolean(door.session.keys) };
}

// ---- runs -------------------------------------------------------------------------------------------

function show_state(state, words) {
  document.body.dataset.state = state === "idle" && turns.length === 0 ? "empty" : state;
  by_id("state").dataset.state = state;
  by_id("state").textContent = words;
  const live = state === "live" || state === "lost", reading = run?.reader;
  by_id("send").disabled = live || !generates;
  keep_focus(by_id("stop"), !live);
  keep_focus(by_id("cut"), !(state === "live" && reading?.id && !reading.stopping));
  if (state === "lost") announce(words);
}

/** A button that goes away with the focus on it hands that to the prompt. */
function keep_focus(button, disabled) {
  const focused = document.activeElement === button;
  button.disabled = disabled;
  if (focused && disabled) by_id("prompt").focus();
}

function start(turn, options) {
  const before = is_at_end();
  events.clear();
  announce("The answer begins.");
  const hooks = {
    on_state: (state, words) => { if (run?.turn === turn) show_state(state, words); },
    on_begun: (id) => { store.put_stream_in_address(id); show_state("live", by_id("state").textContent); save(); },
    on_drawn: follow,
    on_end: (record) => ended(record),
  };
  if (talk.clientHeight < answer_least) open_settings(false);
  run = null;
  run = new Run(turn, events, hooks, options);
  show_state("live", run.words);
  save();
  if (before || options === undefined) to_end();
}

function ended(record) {
  const { fault, finish, usage } = record;
  if (!fault) announce(finish === "cancelled" ? "Stopped." : `The answer is complete: ${usage?.output_tokens ?? "some"} tokens.`);
  if (fault?.status === 401) door.look();
  if (!fault) look_for_models();
  save();
  if (document.activeElement === document.body) by_id("prompt").focus();
}

function send(prompt, defaults = {}) {
  if (!generates) return;
  if (is_running() || prompt.trim() === "") return by_id("prompt").focus();
  if (wrong_field()) return;
  const turn = add_turn(record_of(prompt, turns, defaults));
  by_id("prompt").value = "";
  grow();
  start(turn);
}

/** A turn at the end, or in the place of `other`. */
function add_turn(record, other = null) {
  const turn = new Turn(record);
  if (other) {
    turns[turns.indexOf(other)] = turn;
    other.element.replaceWith(turn.element);
  } else {
    turns.push(turn);
  }
  turn.part("retry").addEventListener("click", () => retry(turn));
  return turn;
}

/** A stream that may still run is joined again; any other question is asked again in its place. */
function retry(turn) {
  if (is_running()) return;
  const { record } = turn;
  const runs = record.id && !record.finish && !is_forgotten(record);
  const joins = runs || record.prompt === null; // of another page's stream there is no question to ask
  if (!joins && !record.id && wrong_field()) return;
  start(add_turn(record_again(turn, joins), turn), { joined: joins });
  by_id("prompt").focus();
}

/** What was refused is asked with the settings as they are now; what had begun, as it was. */
function record_again(turn, joins) {
  const { prompt, model, request, defaults, transport, id, begun_at, first_at, resumed } = turn.record;
  if (!joins && !id) return record_of(prompt, turns.slice(0, turns.indexOf(turn)), defaults);
  const record = { prompt, model, request, defaults, transport, state: "live", kept: [] };
  if (joins) return { ...record, id, begun_at, first_at, resumed };
  return { ...record, request: { ...request, name: fresh_name() }, id: "", begun_at: Date.now(), first_at: null, resumed: 0 };
}

function clear_chat() {
  if (is_running()) run.stop();
  run?.detach();
  run = null;
  for (const turn of turns) turn.element.remove();
  turns = [];
  events.clear();
  store.put_stream_in_address("");
  save();
  show_state("idle", ready());
}

function new_chat() {
  clear_chat();
  by_id("prompt").focus();
}

/** What was said with a key goes with it. One that has expired may come back to it. */
function look_changed({ key }, signed_out) {
  if (signed_out || (key && owner && key !== owner)) clear_chat();
  owner = signed_out ? null : key ?? owner;
  load_models();
}

// ---- after a reload ---------------------------------------------------------------------------------

function restore() {
  const address = store.stream_in_address();
  const records = store.load_turns();
  const is_foreign = address !== "" && !records.some(({ id }) => id === address);
  for (const record of records) {
    const turn = add_turn(record);
    if (record.state === "live" && is_foreign) Object.assign(record, { state: "bad", fault: left_behind });
    if (record.state === "live") continue;
    turn.answer.restore(record.kept);
    record.kept = turn.answer.kept;
    turn.show();
  }
  if (is_foreign) return join(address);
  const live = turns.find(({ record }) => record.state === "live");
  if (live) return start(live, { joined: live.record.id !== "" });
  if (turns.length === 0) return;
  show_state(turns.at(-1).record.state, ready());
  to_end();
}

const left_behind = {
  title: "Not read to its end", message: "Another stream was opened while this answer came.", retryable: true };

/** A stream that another page began: who knows its address may read it. It is shown below what is there. */
function join(id) {
  const record = { prompt: null, model: "", request: { name: "", body: "", headers: {} }, transport: "fetch", id };
  start(add_turn({ ...record, state: "live", begun_at: Date.now(), first_at: null, resumed: 0, kept: [] }), { joined: true });
  to_end();
}

// ---- scrolling --------------------------------------------------------------------------------------

const talk = by_id("talk");
const answer_least = 120; // pixels of an answer: with less the settings make room for it
let follows = true, last_top = 0;
const is_at_end = () => talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;

function to_end() {
  follows = true;
  talk.scrollTop = talk.scrollHeight;
  by_id("follow").hidden = true;
}

function follow() {
  if (follows) to_end();
  else by_id("follow").hidden = is_at_end();
}

/** Only who scrolls up is left where they are: text that grew since the scrolling moves the end away, too. */
function scrolled() {
  if (talk.scrollTop < last_top || is_at_end()) follows = is_at_end();
  last_top = talk.scrollTop;
  if (follows) by_id("follow").hidden = true;
}

/** Another width or height of the page moves the end away, too; so does a picture that is there at last. */
const sizes = new ResizeObserver(() => { if (turns.length > 0) follow(); });

function grow() {
  const prompt = by_id("prompt");
  prompt.style.height = "auto";
  prompt.style.height = `${prompt.scrollHeight + 2}px`;
  if (follows && turns.length > 0) to_end();
}

// ---- models -----------------------------------------------------------------------------------------

/** Where the list cannot be had (no key yet, or an old server) the name is typed instead. */
async function load_models() {
  let listed = [];
  try {
    const response = await fetch("v1/models");
    show_generates(response.status !== 404);
    if (response.ok) listed = (await response.json()).data.map(({ id, owned_by }) => ({ id: String(id), owned_by }));
  } catch { /* the text field it is */ }
  const chosen = model(), names = listed.map(({ id }) => id);
  if (names.length > 0 && chosen && !names.includes(chosen)) names.push(chosen); // as it was typed
  mocks = new Set(listed.filter(({ id, owned_by }) => id === "mock" || owned_by === "mock").map(({ id }) => id));
  if (names.length === 0 || names.every((name) => mocks.has(name))) mocks.add("mock").add("");
  by_id("model").hidden = names.length === 0;
  by_id("model-name").hidden = names.length > 0;
  by_id("model-label").htmlFor = names.length > 0 ? "model" : "model-name";
  by_id("model").replaceChildren(new Option("Default model", ""), ...names.map((name) => new Option(name, name)));
  if (names.includes(chosen)) by_id("model").value = chosen;
  look_for_mock();
}

/** Where operators listen there is no list of models, for nothing is generated there. */
function show_generates(is_so) {
  if (generates === is_so) return;
  generates = is_so;
  document.body.classList.toggle("elsewhere", !is_so);
  by_id("elsewhere").hidden = is_so;
  by_id("prompt").disabled = !is_so;
  if (!is_running()) show_state(turns.at(-1)?.record.state ?? "idle", ready());
}

/** A list that could not be had may be there by now. */
function look_for_models() {
  if (by_id("model").hidden) load_models();
}

const look_for_mock = () => show_mock_settings(mocks.has(model()));

// ---- controls ---------------------------------------------------------------------------------------

function show_view(view, focus) {
  document.querySelector("main").dataset.view = view;
  for (const name of ["answer", "events"]) {
    by_id(`tab-${name}`).setAttribute("aria-selected", String(name === view));
    by_id(`tab-${name}`).tabIndex = name === view ? 0 : -1;
  }
  if (focus) by_id(`tab-${view}`).focus();
}

function prompt_key(event) {
  if (event.key === "Escape" && is_running()) return run.stop();
  if (event.key !== "Enter" || event.isComposing || event.altKey) return;
  if (event.shiftKey && !event.ctrlKey && !event.metaKey) return;
  event.preventDefault();
  send(by_id("prompt").value);
}

by_id("form").addEventListener("submit", (event) => { event.preventDefault(); send(by_id("prompt").value); });
by_id("settings").addEventListener("submit", (event) => event.preventDefault());
by_id("prompt").addEventListener("keydown", prompt_key);
by_id("prompt").addEventListener("input", grow);
by_id("stop").addEventListener("click", () => run?.stop());
by_id("cut").addEventListener("click", () => run?.reader.cut());
by_id("new-chat").addEventListener("click", new_chat);
by_id("follow").addEventListener("click", () => { to_end(); talk.focus(); });
by_id("model").addEventListener("change", look_for_mock);
by_id("model-name").addEventListener("input", look_for_mock);
talk.addEventListener("scroll", scrolled);
talk.addEventListener("click", ({ target }) => { if (target.closest("summary")) follows = false; }); // it is what is read now
sizes.observe(talk);
sizes.observe(by_id("conversation"));
for (const view of ["answer", "events"]) {
  by_id(`tab-${view}`).addEventListener("click", () => show_view(view));
  by_id(`tab-${view}`).addEventListener("keydown", ({ key }) => {
    if (key === "ArrowLeft" || key === "ArrowRight") show_view(view === "answer" ? "events" : "answer", true);
  });
}
for (const example of document.querySelectorAll("[data-example]")) {
  const { example: prompt, mockDefaults = "" } = example.dataset;
  example.addEventListener("click", () => {
    send(prompt, Object.fromEntries(new URLSearchParams(mockDefaults)));
    by_id("prompt").focus();
  });
}
addEventListener("pagehide", () => { if (turns.length > 0) save(); });
addEventListener("online", () => {
  run?.reader.hurry();
  look_for_models();
});
addEventListener("hashchange", () => {
  const id = store.stream_in_address(); // none where the link to the prompt was followed
  if (id && !turns.some(({ record }) => record.id === id)) location.reload();
});

start_settings();
start_copy(asked_now);
show_view("answer");
restore();
door.look();
if (by_id("door").hidden) by_id("prompt").focus();
