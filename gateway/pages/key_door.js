/**
 * The sign-in with a key, for both pages. A key is exchanged for a cookie that no script can read
 * (`POST session`) and kept nowhere else.
 *
 *   import { create_key_door, refusal_of } from "./key_door.js";
 *   const door = create_key_door({
 *     door: element,          // an empty element where the form goes: <div id="door-place"></div>
 *     who: element,           // an empty element of the topbar: <div id="who-place"></div>
 *     on_change(session, signed_out) {},  // after each look: {keys: bool, key: "team-a" | null, role: "user" |
 *                             // "operator"}, and whether the key went away by the button
 *   });
 *   await door.look();        // asks the gateway whether it wants keys and whose the cookie is; opens or
 *                             // closes the door by that. Call it at the start and after each 401
 *   door.show("why");         // opens it by hand, for instance where the key may not do what is asked
 *   door.session              // as last looked
 *
 * What it makes: form#door with #key and #door-text; div#who with #who-key and #sign-out.
 */

import { element } from "./elements.js";

const invitation =
  "This gateway asks for a key. It is exchanged for a cookie that no script can read, and not kept.";

/** The message of an answer that is not what was asked for: the gateway's error body, or its status. */
export async function refusal_of(response) {
  const text = await response.text().catch(() => "");
  let message = "";
  try { message = JSON.parse(text).error?.message; } catch { message = text.slice(0, 300); }
  return `${message || "The server gave no reason."} (HTTP ${response.status})`;
}

export function create_key_door({ door, who, on_change = () => {} }) {
  const key = element("input", { id: "key", type: "password", autocomplete: "off", spellcheck: false });
  key.setAttribute("aria-describedby", "door-text");
  const text = element("p", { id: "door-text", className: "hint", role: "status", textContent: invitation });
  const form = element("form", { id: "door", className: "card door", autocomplete: "off", hidden: true },
    element("div", { className: "field" }, element("label", { htmlFor: "key", textContent: "API key" }), key),
    element("button", { className: "button primary", type: "submit", textContent: "Sign in" }), text);
  const name = element("span", { id: "who-key" });
  const sign_out_button = element("button",
    { id: "sign-out", className: "button small", type: "button", textContent: "Sign out" });
  const holder = element("div", { id: "who", className: "who", hidden: true }, name, sign_out_button);
  door.replaceChildren(form);
  who.replaceChildren(holder);

  const self = { session: { keys: false, key: null }, look: () => look(), show };

  function say(words, is_warning) {
    text.textContent = words;
    text.classList.toggle("warn", is_warning);
  }

  function show(reason = "") {
    say(reason || invitation, reason !== "");
    if (!form.hidden) return;
    form.hidden = false;
    key.focus();
  }

  /** An answer that does not come leaves what is known. */
  async function look(signs_out = false) {
    const found = await fetch("session").then((response) => (response.ok ? response.json() : null)).catch(() => null);
    if (found) self.session = found;
    const signed_in = Boolean(self.session.key);
    name.textContent = name.title = self.session.key ?? "";
    holder.hidden = !signed_in;
    if (self.session.keys && !signed_in) show();
    else form.hidden = true;
    on_change(self.session, signs_out && !signed_in);
    return self.session;
  }

  async function sign_in() {
    const body = JSON.stringify({ key: key.value.trim() });
    key.value = "";
    const headers = { "Content-Type": "application/json" };
    const response = await fetch("session", { method: "POST", headers, body }).catch(() => null);
    if (response?.ok) return look();
    say(response ? await refusal_of(response) : "The gateway could not be reached.", true);
  }

  async function sign_out() {
    await fetch("session", { method: "DELETE" }).catch(() => null);
    look(true);
  }

  form.addEventListener("submit", (event) => { event.preventDefault(); sign_in(); });
  sign_out_button.addEventListener("click", sign_out);
  return self;
}
