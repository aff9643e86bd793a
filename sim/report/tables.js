// SPDX-License-Identifier: Apache-2.0
// Elements, numbers and tables that sort.
"use strict";

const NANOSECONDS = 10; // of a clock
const ROWS = 25; // of a table, until all are asked for

function el(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

// Names of programs are text, never part of the page's own.
function number(value, digits = Number.isInteger(value) ? 0 : 1) {
  if (value === null || value === undefined) return "–";
  const options = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  return value.toLocaleString("en-US", options);
}
// "1.2k", for axes.
const rounded = (value) =>
  new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 4 }).format(value);
const clocks = (value) => `${number(value)} clocks (${number((value * NANOSECONDS) / 1000)} µs)`;
const percent = (part, whole) => (whole ? (100 * part) / whole : 0);
const sum = (values) => values.reduce((all, value) => all + value, 0);
const mean = (durations) => (durations.count ? durations.sum / durations.count : null);

function compare(a, b) {
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1; // what is missing is last
  if (b === null || b === undefined) return -1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en", { numeric: true });
}

// columns: [{name, get(row), text: true for words, hint}]; the first one heads its row. A table longer than
// ROWS shows so many until all are asked for, and has a filter.
function sortableTable(
  caption,
  columns,
  rows,
  { sort = null, descending = true, titled = false, mixed = false } = {},
) {
  // One column has one number of digits, unless each row is another figure.
  const digits = columns.map((column) =>
    mixed ||
    rows.every((row) => {
      const value = column.get(row);
      return typeof value !== "number" || Number.isInteger(value);
    })
      ? undefined
      : 1,
  );
  let shown = rows;
  let all = rows.length <= ROWS;
  let by = sort;
  let down = descending;
  const body = el("tbody");
  const heads = columns.map((column, i) =>
    el(
      "th",
      { scope: "col", class: column.text && "text", title: column.hint },
      el("button", { type: "button", onclick: () => order(i) }, column.name),
    ),
  );
  const more = el("button", {
    type: "button",
    class: "more",
    onclick: () => {
      all = true;
      draw();
    },
  });

  function order(i) {
    down = by === i ? !down : !columns[i].text; // of figures the largest is asked for first
    by = i;
    draw();
  }
  function draw() {
    heads.forEach((head, i) => {
      if (i === by) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    const get = by === null ? null : columns[by].get;
    const missing = (row) => get(row) === null || get(row) === undefined;
    const ordered =
      get === null
        ? shown
        : [...shown].sort((a, b) => (down && !missing(a) && !missing(b) ? -1 : 1) * compare(get(a), get(b)));
    body.replaceChildren(
      ...(all ? ordered : ordered.slice(0, ROWS)).map((row) =>
        el(
          "tr",
          {},
          columns.map((column, i) => {
            const value = column.get(row);
            const text = column.show
              ? column.show(row)
              : typeof value === "number"
                ? number(value, digits[i])
                : (value ?? "–");
            const cell = {
              class: [column.text && "text", column.style && column.style(row)].filter(Boolean).join(" "),
            };
            return i === 0 ? el("th", { ...cell, scope: "row", title: text }, text) : el("td", cell, text);
          }),
        ),
      ),
    );
    more.hidden = all || shown.length <= ROWS;
    more.textContent = `Show all ${number(shown.length)} rows`;
  }
  const parts = [];
  if (rows.length > ROWS) {
    const filter = (event) => {
      const words = event.target.value.toLowerCase();
      shown = rows.filter((row) =>
        columns.some((c) => c.text && String(c.get(row)).toLowerCase().includes(words)),
      );
      draw();
    };
    parts.push(
      el(
        "div",
        { class: "controls" },
        el("label", {}, `Find in ${caption.toLowerCase()}`, el("input", { type: "search", oninput: filter })),
      ),
    );
  }
  draw();
  parts.push(
    el(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
      el(
        "table",
        {},
        el("caption", { class: !titled && "unseen" }, caption),
        el("thead", {}, el("tr", {}, heads)),
        body,
      ),
    ),
    more,
  );
  return el("div", { class: "table" }, parts);
}

function choice(label, options, value, onchange) {
  const select = el(
    "select",
    { "aria-label": label, onchange: (event) => onchange(event.target.value) },
    options.map(([key, text]) => el("option", { value: key }, text)),
  );
  select.value = value;
  return el("label", {}, label, select);
}

function commandLine(text) {
  const copy = el(
    "button",
    {
      type: "button",
      onclick: async () => {
        await navigator.clipboard.writeText(text);
        copy.textContent = "Copied";
        setTimeout(() => {
          copy.textContent = "Copy";
        }, 1500);
      },
    },
    "Copy",
  );
  return el("div", { class: "command" }, el("code", {}, text), copy);
}

function section(id, title, hint, ...children) {
  return el(
    "section",
    { id, "aria-labelledby": `${id}-title` },
    el("h2", { id: `${id}-title` }, title),
    hint && el("p", { class: "hint" }, hint),
    children,
  );
}
