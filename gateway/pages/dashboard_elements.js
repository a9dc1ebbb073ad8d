/** What the dashboard puts together of elements: tables and lists whose rows stay. */

import { element } from "./elements.js";

/** Leaves alone what says so already: no layout, and a selection stays. */
export function set_text(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** A text that is cut where there is no room, with the whole of it at hand. */
export function cut_text(text) {
  return element("span", { className: "cut", textContent: text, title: text });
}

/**
 * A table whose rows stay, and that a narrow screen lays out as blocks; the roles are for readers to
 * whom it is a table there, too. `columns`: [{name, label, number}]; `fill(cells, item)` writes into
 * the cells by name.
 */
export class KeptTable {
  constructor(host, columns, { label, key, fill, make = () => {} }) {
    Object.assign(this, { columns, key, fill, make });
    const role = (name) => ({ attributes: { role: name } });
    this.body = element("tbody", role("rowgroup"));
    const heads = columns.map(({ label: text, number, hidden }) =>
      element("th", { scope: "col", className: number ? "number" : "", ...role("columnheader") },
        element("span", { textContent: text, className: hidden ? "visually-hidden" : "" })));
    const head = element("thead", role("rowgroup"), element("tr", role("row"), ...heads));
    this.scroll = element("div", { className: "scroll", tabIndex: 0, attributes: { role: "region", "aria-label": `${label}, as a table` } },
      element("table", { className: "stacked", attributes: { role: "table", "aria-label": label } }, head, this.body));
    host.append(this.scroll);
  }

  show(items) {
    this.scroll.hidden = items.length === 0;
    keep_list(this.body, items, {
      key: this.key,
      make: (item) => this.make_row(item),
      update: (row, item) => this.fill(cells_of(row), item),
    });
  }

  make_row(item) {
    const row = element("tr", { attributes: { role: "row" } }, ...this.columns.map(({ name, label, number }) =>
      element("td", { className: number ? "number" : "", data: { cell: name, label }, attributes: { role: "cell" } })));
    this.make(cells_of(row), item);
    return row;
  }
}

const cells_of = (row) => Object.fromEntries([...row.cells].map((cell) => [cell.dataset.cell, cell]));

/** A cell's text, cut where there is no room. */
export function set_cut(cell, text) {
  if (!cell.firstChild) cell.append(cut_text(text));
  if (cell.textContent === text) return;
  cell.firstChild.textContent = text;
  cell.firstChild.title = text;
}

/** An icon is a dot; the word beside it says the same. */
export function set_badge(badge, state, text) {
  if (badge.dataset.state !== state) badge.dataset.state = state;
  set_text(badge, text);
}

/**
 * Makes the children of `host` those of `items`, in order: what is there for a key is updated and
 * stays in its place, so that what has the focus keeps it. What is gone goes first, for that:
 * a child that is moved loses the focus.
 */
export function keep_list(host, items, { key, make, update }) {
  const wanted = new Set(items.map((item) => String(key(item))));
  const there = new Map();
  for (const child of [...host.children]) {
    if (wanted.has(child.dataset.key) && !there.has(child.dataset.key)) there.set(child.dataset.key, child);
    else child.remove();
  }
  let next = host.firstElementChild;
  for (const item of items) {
    const name = String(key(item));
    let child = there.get(name);
    there.delete(name);
    if (!child) {
      child = make(item);
      child.dataset.key = name;
    }
    if (child === next) next = next.nextElementSibling;
    else host.insertBefore(child, next);
    update(child, item);
  }
}
