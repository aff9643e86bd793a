// SPDX-License-Identifier: Apache-2.0
// The page: its sections, its colours and its width.
"use strict";

const data = JSON.parse(document.getElementById("data").textContent);
const main = document.getElementById("main");

const durationColumns = (what, title) => [
  { name: `${title} mean`, get: (use) => mean(use[what]) },
  { name: `${title} median`, get: (use) => (use[what].count ? use[what].median : null) },
  { name: `${title} p99`, get: (use) => (use[what].count ? use[what].p99 : null) },
  { name: `${title} longest`, get: (use) => (use[what].count ? use[what].max : null) },
];
const countColumns = [
  { name: "Acquired", get: (use) => use.acquisitions },
  { name: "Contended", get: (use) => use.contentions },
  { name: "Refused", get: (use) => use.refusals },
];
const useColumns = [
  ...countColumns,
  ...durationColumns("waiting_clocks", "Wait"),
  ...durationColumns("holding_clocks", "Hold"),
];
const apcs = (kinds) => kinds.special + kinds.normal + kinds.user;

// Runs of one name are told apart by their files.
function title(run) {
  if (data.runs.every((other) => other === run || other.name !== run.name)) return run.name;
  const name = (other) =>
    other.file
      .split("/")
      .pop()
      .replace(/\.json$/, "");
  return data.runs.every((other) => other === run || name(other) !== name(run)) ? name(run) : run.file;
}

// The same of each run, side by side.
function forEachRun(draw) {
  return el(
    "div",
    { class: data.runs.length > 1 && "runs" },
    data.runs.map((run, i) =>
      el("div", { "data-run": i }, data.runs.length > 1 ? el("h3", {}, title(run)) : null, draw(run, i)),
    ),
  );
}

// One figure of all runs in a row; with how much it differs from the first.
function summary() {
  const rows = [
    ["Simulated clocks", (run) => run.clocks, -1],
    ["Acquired", (run) => run.total.acquisitions, 0],
    ["Contended", (run) => run.total.contentions, -1],
    ["Contended, % of acquired", (run) => percent(run.total.contentions, run.total.acquisitions), -1],
    ["Refused tries", (run) => run.total.refusals, 0],
    [
      "Clocks for each acquire",
      (run) => (run.total.acquisitions ? run.clocks / run.total.acquisitions : null),
      -1,
    ],
    ["Waiting, mean clocks", (run) => mean(run.total.waiting_clocks), -1],
    [
      "Waiting, p99 clocks",
      (run) => (run.total.waiting_clocks.count ? run.total.waiting_clocks.p99 : null),
      -1,
    ],
    [
      "Waiting, longest clocks",
      (run) => (run.total.waiting_clocks.count ? run.total.waiting_clocks.max : null),
      -1,
    ],
    ["Holding, mean clocks", (run) => mean(run.total.holding_clocks), -1],
    [
      "Holding, longest clocks",
      (run) => (run.total.holding_clocks.count ? run.total.holding_clocks.max : null),
      -1,
    ],
    ["Bus taken, %", (run) => percent(run.bus.busy_clocks, run.clocks), -1],
  ];
  const compared = (get, good, run) => {
    const first = get(data.runs[0]);
    const value = get(run);
    if (!first || value === null || run === data.runs[0]) return null;
    return { change: percent(value - first, first), good };
  };
  const columns = [{ name: "Figure", text: true, get: (row) => row[0] }];
  data.runs.forEach((run) => {
    columns.push({ name: title(run), get: (row) => row[1](run) });
    if (run === data.runs[0]) return;
    columns.push({
      name: `against ${title(data.runs[0])}`,
      get: (row) => compared(row[1], row[2], run)?.change ?? null,
      show: (row) => {
        const found = compared(row[1], row[2], run);
        return found ? `${found.change > 0 ? "+" : ""}${number(found.change)} %` : "–";
      },
      style: (row) => {
        const found = compared(row[1], row[2], run);
        return found && found.good && Math.abs(found.change) >= 1
          ? found.change * found.good > 0
            ? "better"
            : "worse"
          : "";
      },
    });
  });
  return sortableTable("Summary", columns, rows, { mixed: true });
}

function what(run) {
  const sizes = Object.entries(run.arbiter)
    .map(([key, value]) => `${key} ${value}`)
    .join(", ");
  return [
    commandLine(run.command),
    el(
      "p",
      {},
      `${run.cores} cores, seed ${run.seed}, locks in ${run.lock}, ${clocks(run.clocks)}: `,
      el("strong", {}, run.outcome),
      ".",
    ),
    el("p", { class: "hint" }, `From ${run.file}. Arbiter: ${sizes}.`),
    run.faults
      ? sortableTable(
          "Faults",
          [
            { name: "Fault", text: true, get: (fault) => fault.text },
            { name: "Clock", get: (fault) => fault.clock ?? null },
            { name: "Met", text: true, get: (fault) => fault.what ?? "" },
            { name: "Outcome", text: true, get: (fault) => fault.outcome },
          ],
          run.faults,
        )
      : null,
  ];
}

function histograms() {
  const uses = (run) =>
    new Map([
      ["total", ["all locks", run.total]],
      ...run.locks
        .filter((lock) => lock.acquisitions)
        .map((lock) => [`lock ${lock.lock}`, [lockName(run, lock.lock), lock]]),
      ...run.threads
        .filter((thread) => thread.acquisitions)
        .map((thread) => [`thread ${thread.thread}`, [`thread ${thread.name}`, thread]]),
    ]);
  const known = new Map(data.runs.flatMap((run) => [...uses(run)].map(([key, [name]]) => [key, name])));
  const box = el("div");
  function draw(of) {
    for (let i = pictures.length; i-- > 0;) if (box.contains(pictures[i].box)) pictures.splice(i, 1);
    const last = (key) =>
      Math.max(1, ...data.runs.map((run) => bucketEnd(uses(run).get(of)?.[1][key].max ?? 0)));
    box.replaceChildren(
      forEachRun((run) => {
        const use = uses(run).get(of)?.[1];
        if (!use) return el("p", { class: "hint" }, "This run does not have it.");
        const one = (key, name, colour) =>
          el(
            "div",
            {},
            el("h3", {}, `${name}: ${number(use[key].count)} times`),
            use[key].count
              ? el(
                  "p",
                  { class: "hint" },
                  `median ${number(use[key].median)} (dashes), p99 ${number(use[key].p99)} (dots), ` +
                     `longest ${number(use[key].max)}`,
                )
              : null,
            histogram(name, use[key], last(key), colour),
          );
        return el(
          "div",
          { class: "pair" },
          one("waiting_clocks", "Waiting", "var(--c1)"),
          one("holding_clocks", "Holding", "var(--c0)"),
        );
      }),
    );
    drawPictures();
  }
  draw("total");
  return [el("div", { class: "controls" }, choice("Of", [...known], "total", draw)), box];
}

function runSections() {
  const waiters = Math.max(
    0.1,
    ...data.runs.map((run) =>
      Math.max(0, ...run.over_time.waiting.map((v) => v / run.over_time.part_clocks)),
    ),
  );
  const sections = [
    section(
      "what",
      "What was run",
      "The command does the same run again: the same bytes in each file.",
      forEachRun(what),
    ),
    section(
      "summary",
      "Summary",
      data.runs.length > 1 ? "Against the first run; green is less of what one wants less of." : "",
      summary(),
    ),
    section(
      "places",
      "Where threads wait",
      "Each line of the program that acquires a lock. “Others waited” is how long threads waited for " +
        "the lock while this line owned it: the first row is where to look first.",
      forEachRun((run) =>
        sortableTable(
          "Places",
          [
            { name: "Line", text: true, get: (place) => place.where || "not known" },
            { name: "Lock", text: true, get: (place) => lockName(run, place.lock) },
            { name: "Others waited", get: (place) => place.others_waited_clocks, hint: "thread-clocks" },
            { name: "It waited", get: (place) => place.waiting_clocks, hint: "clocks" },
            { name: "Longest wait", get: (place) => place.longest_wait },
            { name: "Held", get: (place) => place.holding_clocks },
            { name: "Longest hold", get: (place) => place.longest_hold },
            { name: "Acquired", get: (place) => place.acquisitions },
            { name: "Contended", get: (place) => place.contentions },
          ],
          run.places,
          { sort: 2 },
        ),
      ),
    ),
    section(
      "locks",
      "Locks",
      "Durations are clocks; waiting is that of contended acquires only.",
      forEachRun((run) =>
        sortableTable(
          "Locks",
          [
            { name: "Lock", text: true, get: (lock) => lockName(run, lock.lock) },
            { name: "Kind", text: true, get: (lock) => lock.kind },
            ...useColumns,
          ],
          run.locks.filter((lock) => lock.acquisitions || lock.refusals),
          { sort: 3 },
        ),
      ),
    ),
    section(
      "threads",
      "Threads",
      "",
      forEachRun((run) =>
        sortableTable(
          "Threads",
          [
            { name: "Thread", text: true, get: (thread) => thread.name },
            { name: "Number", get: (thread) => thread.thread },
            { name: "Core", get: (thread) => thread.core },
            ...useColumns,
            { name: "APCs run", get: (thread) => apcs(thread.apcs_delivered) },
            { name: "APCs held back", get: (thread) => apcs(thread.apcs_held_back) },
            {
              name: "Ended",
              text: true,
              get: (thread) => (thread.killed ? "killed" : thread.ended ? "yes" : "no"),
            },
          ],
          run.threads,
          { sort: 1, descending: false },
        ),
      ),
    ),
    section("histograms", "How long", "How often a wait and a hold took how long.", histograms()),
    section(
      "time",
      "Contention over time",
      "How many threads waited, on average of each part of the run, and how the locks were owned: the " +
        "stronger the longer.",
      forEachRun((run) => [
        waitingOverTime(run, waiters),
        legend([
          ["var(--exclusive)", "owned exclusively"],
          ["var(--shared)", "shared"],
        ]),
        ownedOverTime(run),
      ]),
    ),
  ];
  if (data.runs.some((run) => run.longest_wait)) {
    sections.push(
      section(
        "longest",
        "The longest wait",
        "",
        forEachRun((run) =>
          run.longest_wait ? [longestWait(run), ownership(run)] : el("p", {}, "Nobody waited."),
        ),
      ),
      section(
        "graph",
        "The worst moment",
        "",
        forEachRun((run) => (run.most_waiting ? waitForGraph(run) : el("p", {}, "Nobody waited."))),
      ),
    );
  }
  return sections;
}

function setTheme() {
  const chosen = document.getElementById("theme").value;
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "dark" : "light";
}

document.getElementById("theme").addEventListener("change", setTheme);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", setTheme);
setTheme();

const heading = data.sweep ? `Sweep of ${data.sweep.of}` : data.runs.map(title).join(", ");
document.title = `${heading} – lockarb report`;
document.getElementById("title").textContent = heading;
const sections = data.sweep ? sweepSections(data.sweep) : runSections();
main.append(...sections);
document
  .getElementById("contents")
  .append(...sections.map((part) => el("a", { href: `#${part.id}` }, part.querySelector("h2").textContent)));
drawPictures();
new ResizeObserver(() => drawPictures()).observe(main);
// Paper is light, and has one width.
addEventListener("beforeprint", () => {
  document.documentElement.dataset.theme = "light";
  drawPictures(640);
});
addEventListener("afterprint", () => {
  setTheme();
  drawPictures();
});
