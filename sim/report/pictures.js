// SPDX-License-Identifier: Apache-2.0
// Pictures of one run.
"use strict";

const COLOURS = 12;
const MOST_NODES = 40; // of the wait-for graph
const MOST_ROWS = 32; // of threads around the longest wait
const colourOf = (index) => `var(--c${index % COLOURS})`;

// What is drawn anew when the page has another width.
const pictures = [];

function picture(label, draw) {
  const box = el("figure", { role: "group", "aria-label": label });
  const entry = { box, draw, width: 0 };
  pictures.push(entry);
  return box;
}

function drawPictures(width) {
  for (const entry of pictures) {
    const room = width || Math.floor(entry.box.clientWidth);
    if (!room || room === entry.width) continue;
    entry.width = room;
    entry.box.replaceChildren(...[entry.draw(room)].flat().filter(Boolean));
  }
}

function legend(entries) {
  return el(
    "div",
    { class: "legend" },
    entries.map(([colour, text]) => {
      const sample = el("i");
      sample.style.background = colour;
      return el("span", {}, sample, text);
    }),
  );
}

function plot(options) {
  const drawing = Plot.plot({ marginLeft: 48, marginRight: 16, style: { background: "none" }, ...options });
  const svg = drawing.tagName === "svg" ? drawing : drawing.querySelector("svg");
  svg.setAttribute("role", "img");
  if (options.ariaLabel) svg.setAttribute("aria-label", options.ariaLabel);
  return drawing;
}

const lockName = (run, lock) => {
  const found = run.locks.find((entry) => entry.lock === lock);
  return found && found.name ? `${found.name} (${lock})` : `lock ${lock}`;
};
const threadName = (run, thread) => run.threads[thread - 1]?.name ?? `thread ${thread}`;
// A lock has one colour in all pictures of a run: those with most waiting come first.
function lockColour(run, lock) {
  const first = run.over_time.locks.findIndex((entry) => entry.lock === lock);
  return colourOf(
    first >= 0 ? first : run.over_time.locks.length + run.locks.findIndex((entry) => entry.lock === lock),
  );
}
// So much room is left of a picture for its names.
const LETTER = 6.5; // pixels
const marginFor = (names, width) =>
  Math.max(48, Math.min(width * 0.3, 210, 20 + LETTER * Math.max(0, ...names.map((name) => name.length))));
const short = (name, most) => (name.length > most ? `${name.slice(0, Math.max(1, most - 1))}…` : name);
const nameIn = (margin) => (name) => short(name, Math.floor((margin - 14) / LETTER));
const ownedNames = (run) =>
  run.over_time.locks.flatMap((lock) =>
    ["exclusive", "shared"]
      .filter((mode) => lock[mode].some((value) => value > 0))
      .map((mode) => `${lockName(run, lock.lock)}, ${mode}`),
  );
const spansOf = (rows) =>
  rows.map(([what, mode, lock, thread, from, to]) => ({ what, mode, lock, thread, from, to }));

// Where a bucket of a histogram ends: four of them are as wide as the power of two that they begin in.
const bucketEnd = (from) => (from < 8 ? from + 1 : from + 2 ** (Math.floor(Math.log2(from)) - 2));

function histogram(what, durations, last, colour) {
  const { from, count } = durations.histogram;
  const buckets = from.map((start, i) => ({ start, end: bucketEnd(start), count: count[i] }));
  const ticks = [0, 1, 3, 10, 30, 100, 300, 1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6, 1e7, 1e8, 1e9];
  return picture(what, (width) =>
    durations.count === 0
      ? el("p", { class: "hint" }, "None.")
      : plot({
          width,
          height: 200,
          ariaLabel: `${what}: ${number(durations.count)} times`,
          x: {
            type: "symlog",
            constant: 4,
            domain: [0, Math.max(8, last)],
            label: "clocks",
            ticks: ticks.filter((tick, i) => tick <= last && (width > 420 || i % 2 === 1)),
            tickFormat: rounded,
          },
          y: { label: "times", grid: true, tickFormat: rounded, nice: true },
          marks: [
            Plot.rectY(buckets, {
              x1: "start",
              x2: "end",
              y: "count",
              fill: colour,
              inset: 0.5,
              tip: true,
              title: (b) => `${number(b.start)} to ${number(b.end - 1)} clocks: ${number(b.count)} times`,
            }),
            Plot.ruleX([durations.median], { stroke: "currentColor", strokeDasharray: "3,2" }),
            Plot.ruleX([durations.p99], { stroke: "currentColor", strokeDasharray: "1,3" }),
            Plot.ruleY([0]),
          ],
        }),
  );
}

function waitingOverTime(run, most) {
  const { part_clocks: part, waiting, locks } = run.over_time;
  const rows = [];
  const add = (lock, parts, colour) =>
    parts.forEach((value, i) => {
      if (value > 0) {
        rows.push({
          lock,
          colour,
          from: i * part,
          to: Math.min((i + 1) * part, run.clocks),
          waiters: value / part,
        });
      }
    });
  locks.forEach((lock) => add(lockName(run, lock.lock), lock.waiting, lockColour(run, lock.lock)));
  const others = waiting.map((value, i) => value - sum(locks.map((lock) => lock.waiting[i])));
  if (others.some((value) => value > 0)) add("other locks", others, "var(--wait)");
  const names = [...new Set(rows.map((row) => row.lock))];
  if (!rows.length) return el("p", { class: "hint" }, "No thread waited for a lock.");
  return el(
    "div",
    {},
    legend(names.map((name) => [rows.find((row) => row.lock === name).colour, name])),
    picture("Threads that wait, over time", (width) =>
      plot({
        width,
        height: 220,
        marginLeft: marginFor(ownedNames(run), width),
        ariaLabel: "Threads that wait, over time",
        color: { type: "identity" },
        x: { label: "clocks", tickFormat: rounded, ticks: width / 90, domain: [0, run.clocks] },
        y: { label: "threads", grid: true, domain: [0, most] },
        marks: [
          Plot.rectY(rows, {
            x1: "from",
            x2: "to",
            y: "waiters",
            fill: "colour",
            z: "lock",
            inset: 0,
            tip: true,
            title: (row) =>
              `${row.lock}: ${number(row.waiters)} threads wait\n` +
              `clocks ${number(row.from)} to ${number(row.to)}`,
          }),
          Plot.ruleY([0]),
        ],
      }),
    ),
  );
}

function ownedOverTime(run) {
  const { part_clocks: part, locks } = run.over_time;
  const rows = [];
  for (const lock of locks) {
    for (const mode of ["exclusive", "shared"]) {
      if (!lock[mode].some((value) => value > 0)) continue;
      const name = `${lockName(run, lock.lock)}, ${mode}`;
      lock[mode].forEach((value, i) => {
        const to = Math.min((i + 1) * part, run.clocks);
        if (value) rows.push({ name, mode, from: i * part, to, owners: value / (to - i * part) });
      });
    }
  }
  const names = ownedNames(run);
  if (!names.length) return null;
  return picture("Owners over time", (width) =>
    plot({
      width,
      height: 40 + 20 * names.length,
      marginLeft: marginFor(names, width),
      marginTop: 8,
      ariaLabel: "Owners over time",
      x: { label: "clocks", tickFormat: rounded, ticks: width / 110, domain: [0, run.clocks] },
      y: { domain: names, label: null, tickFormat: nameIn(marginFor(names, width)) },
      marks: [
        Plot.barX(rows, {
          x1: "from",
          x2: "to",
          y: "name",
          fill: (row) => `var(--${row.mode})`,
          inset: 0,
          insetTop: 2,
          fillOpacity: (row) => Math.min(1, 0.1 + 0.9 * row.owners),
          tip: true,
          title: (row) =>
            `${row.name}: ${number(row.owners)} owners on average\n` +
            `clocks ${number(row.from)} to ${number(row.to)}`,
        }),
      ],
      opacity: { type: "identity" },
    }),
  );
}

// Who owned and who waited around the longest wait; a row for each thread, a colour for each lock.
function ownership(run) {
  const longest = run.longest_wait;
  const end = Math.max(...longest.around.map((row) => row[5] ?? 0), longest.to);
  const all = spansOf(longest.around).map((span) => ({
    ...span,
    to: span.to ?? end,
    name: threadName(run, span.thread),
  }));
  // Of many threads those that had to do with its lock while it lasted, then those that had not.
  const near = (span) =>
    (span.thread === longest.thread ? 4 : 0) +
    (span.lock === longest.lock ? 2 : 0) +
    (span.from < longest.to && span.to > longest.from ? 1 : 0);
  const nearest = [...new Set([...all].sort((a, b) => near(b) - near(a)).map((span) => span.thread))];
  const shown = new Set(nearest.slice(0, MOST_ROWS));
  const spans = all.filter((span) => shown.has(span.thread));
  const locks = [...new Set(spans.map((span) => span.lock))].sort((a, b) => a - b);
  const threads = [...new Set(spans.map((span) => span.thread))].sort((a, b) => a - b);
  const rowOf = (span) => `${span.name} ${span.thread}`;
  // What a thread owns inside of another lock is drawn inside of it.
  for (const span of spans) {
    span.depth =
      span.what === "waits"
        ? 0
        : spans.filter(
            (other) =>
              other.what === "owns" &&
              other !== span &&
              other.thread === span.thread &&
              other.from <= span.from &&
              other.to >= span.to,
          ).length;
  }
  spans.sort((a, b) => a.depth - b.depth);
  const first = Math.min(...spans.map((span) => span.from));
  const room = (longest.to - longest.from) * 0.25 + 10;
  let view = [Math.max(first, longest.from - room), Math.min(end, longest.to + room)];
  const names = threads.map((thread) => `${threadName(run, thread)} ${thread}`);
  const box = picture("Who owned and who waited around the longest wait", (width) => {
    const seen = spans
      .filter((span) => span.to >= view[0] && span.from <= view[1])
      .map((span) => ({
        ...span,
        x1: Math.max(span.from, view[0]),
        x2: Math.min(span.to, view[1]),
      }));
    const title = (s) =>
      `${s.name} ${
        s.what === "owns"
          ? `owns ${lockName(run, s.lock)} ${s.mode}`
          : `waits for ${lockName(run, s.lock)}, ${s.mode}`
      }\nclocks ${number(s.from)} to ${number(s.to)}: ${number(s.to - s.from)}`;
    const options = { x1: "x1", x2: "x2", y: rowOf, title, inset: 0 };
    const fill = (s) => lockColour(run, s.lock);
    const margin = marginFor(names, width);
    const depths = [...new Set(seen.map((s) => s.depth))];
    return plot({
      width,
      height: 40 + 22 * names.length,
      marginLeft: margin,
      marginTop: 8,
      ariaLabel: "Owners and waiters around the longest wait",
      x: { domain: view, label: "clocks", ticks: width / 110, tickFormat: ",d", grid: true },
      y: {
        domain: names,
        label: null,
        tickFormat: (name) => nameIn(margin)(name.slice(0, name.lastIndexOf(" "))),
      },
      opacity: { type: "identity" },
      marks: [
        Plot.barX([longest], {
          x1: (l) => Math.max(l.from, view[0]),
          x2: (l) => Math.min(l.to, view[1]),
          y: () => `${threadName(run, longest.thread)} ${longest.thread}`,
          fill: "var(--mark)",
        }),
        ...depths.map((depth) =>
          Plot.barX(
            seen.filter((s) => s.what === "owns" && s.depth === depth),
            {
              ...options,
              fill,
              fillOpacity: (s) => (s.mode === "exclusive" ? 1 : 0.55),
              insetTop: 2 + 3 * depth,
              insetBottom: 2 + 3 * depth,
              stroke: "var(--back)",
              strokeWidth: depth ? 1 : 0,
            },
          ),
        ),
        Plot.barX(
          seen.filter((s) => s.what === "waits"),
          {
            ...options,
            fill,
            fillOpacity: 0.15,
            stroke: fill,
            strokeWidth: 1,
            strokeDasharray: "3,2",
            insetTop: 6,
            insetBottom: 6,
          },
        ),
        Plot.tip(seen, Plot.pointer({ x: (s) => (s.x1 + s.x2) / 2, y: rowOf, title, maxRadius: 60 })),
      ],
    });
  });
  const redraw = (from, to) => {
    const width = Math.min(to - from, end - first);
    const start = Math.max(first, Math.min(from, end - width));
    view = [start, start + Math.max(width, 4)];
    pictures.find((entry) => entry.box === box).width = 0;
    drawPictures();
  };
  const zoom = (by) => {
    const middle = (view[0] + view[1]) / 2;
    const half = ((view[1] - view[0]) / 2) * by;
    redraw(middle - half, middle + half);
  };
  const move = (by) => redraw(view[0] + by * (view[1] - view[0]), view[1] + by * (view[1] - view[0]));
  const button = (text, label, action) =>
    el("button", { type: "button", "aria-label": label, title: label, onclick: action }, text);
  return el(
    "div",
    {},
    legend(locks.map((lock) => [lockColour(run, lock), lockName(run, lock)])),
    el(
      "p",
      { class: "hint" },
      "Filled: owns, pale when shared. Dashed: waits. The marked row is the longest wait.",
      nearest.length > MOST_ROWS ? ` ${nearest.length - MOST_ROWS} threads had less to do with it.` : "",
    ),
    el(
      "div",
      { class: "controls" },
      button("−", "Show more time", () => zoom(2)),
      button("+", "Show less time", () => zoom(0.5)),
      button("←", "Earlier", () => move(-0.5)),
      button("→", "Later", () => move(0.5)),
      button("All", "Show all that was kept", () => redraw(first, end)),
      button("Longest wait", "Show the longest wait", () => redraw(longest.from - room, longest.to + room)),
    ),
    box,
  );
}

function longestWait(run) {
  const longest = run.longest_wait;
  const owners = new Map();
  for (const span of spansOf(longest.around)) {
    if (span.what !== "owns" || span.lock !== longest.lock || span.thread === longest.thread) continue;
    const meanwhile = Math.min(span.to ?? longest.to, longest.to) - Math.max(span.from, longest.from);
    if (meanwhile > 0) owners.set(span.thread, (owners.get(span.thread) ?? 0) + meanwhile);
  }
  const most = [...owners].sort((a, b) => b[1] - a[1]);
  const told = most
    .slice(0, 5)
    .map(([thread, owned]) => `${threadName(run, thread)} for ${number(owned)} clocks`)
    .join(", ");
  // What ended long before the wait did is not kept.
  const kept = Math.min(...longest.around.filter((row) => row[0] === "owns").map((row) => row[4]));
  const part =
    kept > longest.from ? `Of that, what came from clock ${number(kept)} on was kept: then` : "Meanwhile";
  const rest = most.length > 5 ? ` and ${most.length - 5} more threads` : "";
  return el(
    "p",
    {},
    el("strong", {}, threadName(run, longest.thread)),
    ` waited ${clocks(longest.to - longest.from)} for `,
    el("strong", {}, lockName(run, longest.lock)),
    ` (${longest.mode}), from clock ${number(longest.from)} to ${number(longest.to)}`,
    longest.where ? ", at " : "",
    longest.where ? el("code", {}, longest.where) : "",
    ". ",
    told ? `${part} it was owned by ${told}${rest}.` : "",
  );
}

// Threads that wait, the locks that they wait for, and who owns these.
function waitForGraph(run) {
  const spans = spansOf(run.most_waiting.spans);
  const waits = spans.filter((span) => span.what === "waits");
  const locks = [...new Set(waits.map((span) => span.lock))];
  const owns = spans.filter((span) => span.what === "owns" && locks.includes(span.lock));
  const waiting = new Set(waits.map((span) => span.thread));
  const count = (list) => (list.length > MOST_NODES ? ` ${MOST_NODES} of them are shown.` : "");
  const left = waits.slice(0, MOST_NODES).sort((a, b) => locks.indexOf(a.lock) - locks.indexOf(b.lock));
  const middle = locks.slice(0, MOST_NODES);
  const right = owns
    .filter((span) => middle.includes(span.lock))
    .slice(0, MOST_NODES)
    .sort((a, b) => middle.indexOf(a.lock) - middle.indexOf(b.lock));
  const rows = Math.max(left.length, middle.length, right.length);
  const place = (i, of) => ((i + 0.5) * rows) / of;
  const box = picture("Who waits for whom", (width) => {
    const letters = Math.max(6, Math.floor(((0.7 / 3.4) * width) / 7));
    const nodes = [
      ...left.map((s, i) => ({
        x: 0,
        side: "end",
        y: place(i, left.length),
        name: threadName(run, s.thread),
      })),
      ...middle.map((lock, i) => ({
        x: 1,
        side: "middle",
        y: place(i, middle.length),
        name: lockName(run, lock),
        lock: true,
      })),
      ...right.map((s, i) => ({
        x: 2,
        side: "start",
        y: place(i, right.length),
        name: threadName(run, s.thread),
        both: waiting.has(s.thread),
      })),
    ];
    const yOf = (lock) => place(middle.indexOf(lock), middle.length);
    const edges = [
      ...left
        .filter((s) => middle.includes(s.lock))
        .map((s, i) => ({ x1: 0.03, y1: place(i, left.length), x2: 0.62, y2: yOf(s.lock), mode: s.mode })),
      ...right.map((s, i) => ({
        x1: 1.38,
        y1: yOf(s.lock),
        x2: 1.97,
        y2: place(i, right.length),
        mode: s.mode,
      })),
    ];
    return plot({
      width,
      height: 30 + 20 * rows,
      margin: 10,
      marginLeft: 10,
      marginRight: 10,
      ariaLabel: `${number(run.most_waiting.threads)} threads wait for ${locks.length} locks`,
      x: { domain: [-0.7, 2.7], axis: null },
      y: { domain: [0, rows], axis: null, reverse: true },
      marks: [
        Plot.arrow(edges, {
          x1: "x1",
          y1: "y1",
          x2: "x2",
          y2: "y2",
          stroke: (e) => `var(--${e.mode})`,
          headLength: 7,
          strokeWidth: 1.2,
        }),
        ...["end", "middle", "start"].map((side) =>
          Plot.text(
            nodes.filter((n) => n.side === side),
            {
              x: "x",
              y: "y",
              text: (n) => short(n.name, letters),
              title: "name",
              fill: "currentColor",
              textAnchor: side,
              fontWeight: (n) => (n.lock || n.both ? "bold" : "normal"),
            },
          ),
        ),
      ],
    });
  });
  return el(
    "div",
    {},
    el(
      "p",
      {},
      `In clock ${number(run.most_waiting.clock)}, ${number(run.most_waiting.threads)} threads waited for ` +
        `${locks.length === 1 ? "one lock" : `${number(locks.length)} locks`}: the most of the run, ` +
        `for the first time.${count(waits)}`,
    ),
    legend([
      ["var(--exclusive)", "exclusive"],
      ["var(--shared)", "shared"],
    ]),
    el(
      "p",
      { class: "hint" },
      "Left: who waits. Middle: for which lock. Right: who owns it; bold, when that thread waits, too. " +
        "Nobody owns a lock while it is handed on.",
    ),
    box,
  );
}
