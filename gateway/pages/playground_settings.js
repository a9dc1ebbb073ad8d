/**
 * The panel with the system prompt, the parameters and, of a mock, how it behaves. Every field with
 * data-parameter goes into the request's body under that name, every one with data-mock into a header
 * X-Mock-NAME. What is left empty is not sent. The fields outlive a reload.
 */
import { by_id } from "./playground_dom.js";
import { load_settings, save_settings } from "./playground_store.js";

const panel = by_id("settings"), toggle = by_id("settings-toggle");
const fields = () => [...panel.querySelectorAll("[data-parameter], [data-mock]")];

/** The value of a field as JSON has it; undefined where it is empty. */
function value_of(field) {
  const text = field.type === "checkbox" ? (field.checked ? field.value : "") : field.value.trim();
  if (text === "") return undefined;
  if (field.type === "number") return Number(text);
  if (field.dataset.parameter === "stop") return field.value.split("\n").filter((line) => line !== "");
  return text;
}

const way = () => panel.querySelector("input[name=way]:checked").value;

function values_of(name) {
  const filled = fields().filter((field) => field.dataset[name] && value_of(field) !== undefined);
  return Object.fromEntries(filled.map((field) => [field.dataset[name], value_of(field)]));
}

/** {system, parameters, mock, transport}; `mock` is {} where the model is none. */
export function settings() {
  const { system, ...parameters } = values_of("parameter");
  return { system, parameters, mock: by_id("mock-settings").hidden ? {} : values_of("mock"), transport: way() };
}

/** The first field that holds what cannot be sent: opened and focused; null where all is well. */
export function wrong_field() {
  const wrong = fields().find((field) => !field.closest("[hidden]:not(#settings)") && !field.checkValidity());
  if (!wrong) return null;
  open_settings(true);
  wrong.reportValidity();
  return wrong;
}

export function open_settings(open) {
  panel.hidden = !open;
  toggle.setAttribute("aria-expanded", String(open));
}

export function show_mock_settings(shown) { by_id("mock-settings").hidden = !shown; }

/** How many are set, where the panel is folded. */
function show_count() {
  const count = fields().filter((field) => value_of(field) !== undefined).length;
  by_id("settings-count").textContent = count > 0 ? ` (${count})` : "";
}

function remember() {
  show_count();
  const filled = fields().filter((field) => value_of(field) !== undefined);
  const kept = Object.fromEntries(filled.map((field) => [field.id, field.type === "checkbox" ? true : field.value]));
  save_settings({ ...kept, ...(way() !== "fetch" && { way: way() }) });
}

/** Whether there are fields below what is seen. */
function look_for_more() {
  panel.classList.toggle("has-more", panel.scrollHeight - panel.scrollTop - panel.clientHeight > 8);
}

export function start_settings() {
  const { way: kept_way, ...kept } = load_settings();
  for (const radio of panel.querySelectorAll("input[name=way]")) if (radio.value === kept_way) radio.checked = true;
  for (const [id, value] of Object.entries(kept)) {
    const field = by_id(id);
    if (!field || !panel.contains(field)) continue;
    if (field.type === "checkbox") field.checked = value === true;
    else field.value = value;
  }
  show_count();
  const sizes = new ResizeObserver(look_for_more);
  sizes.observe(panel);
  sizes.observe(panel.firstElementChild);
  panel.addEventListener("scroll", look_for_more);
  panel.addEventListener("input", remember);
  toggle.addEventListener("click", () => open_settings(panel.hidden));
  by_id("settings-clear").addEventListener("click", () => {
    for (const field of fields()) {
      if (field.type === "checkbox") field.checked = false;
      else field.value = "";
    }
    remember();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    open_settings(false);
    toggle.focus();
  });
}
