/**
 * What outlives a reload: the conversation and the settings in this tab's sessionStorage, and the
 * stream that is read in the page's own address (#stream=ID), which also opens it in another tab.
 */
const conversation_key = "sluice.conversation";
const settings_key = "sluice.settings";

function load(key) {
  try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; }
}

/** Full or forbidden storage costs the reload, not the page. */
function save(key, value) {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  } catch { /* see above */ }
}

const is_part = (part) => typeof part?.kind === "string" && typeof part.text === "string";
const is_turn = (record) => Boolean(record?.request) && Array.isArray(record.kept) && record.kept.every(is_part);

/** The turns as they were saved; not those that another version of the page saved in another way. */
export function load_turns() {
  const turns = load(conversation_key);
  return Array.isArray(turns) ? turns.filter(is_turn) : [];
}
export const save_turns = (turns) => save(conversation_key, turns.length > 0 ? turns : null);
export const load_settings = () => load(settings_key) ?? {};
export const save_settings = (settings) => save(settings_key, Object.keys(settings).length > 0 ? settings : null);

export const stream_in_address = () => new URLSearchParams(location.hash.slice(1)).get("stream") ?? "";

export function put_stream_in_address(id) {
  const bare = location.pathname + location.search;
  history.replaceState(null, "", id ? `${bare}#stream=${encodeURIComponent(id)}` : bare);
}
