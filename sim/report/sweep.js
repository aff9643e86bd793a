// SPDX-License-Identifier: Apache-2.0
// A sweep: any parameter against any figure.
"use strict";

const shownValue = (value) => (typeof value === "string" ? value : JSON.stringify(value));

function sweepSections(sweep) {
  const points = sweep.points.map((point, i) => ({ ...point, index: i }));
  const parameters = [
    ...sweep.parameters.map((name, i) => ({ name, get: (point) => point.settings[i] })),
    { name: "seed", get: (point) => point.seed },
  ].map((parameter) => {
    const values = [
      ...new Map(points.map((p) => [shownValue(parameter.get(p)), parameter.get(p)])).values(),
    ].sort(compare);
    return { ...parameter, values, numbers: values.every((value) => typeof value === "number") };
  });
  const named = new Map(parameters.map((parameter) => [parameter.name, parameter]));
  const figures = Object.keys(sweep.figures).sort(
    (a, b) => Number(a.includes("[")) - Number(b.includes("[")) || compare(a, b),
  );
  const varied = parameters.filter((parameter) => parameter.values.length > 1);
  const swept = varied.filter((parameter) => parameter.name !== "seed");
  const first = swept.find((parameter) => parameter.numbers) ?? swept[0] ?? varied[0] ?? parameters[0];
  const state = {
    x: first.name,
    series: (
      swept.find((parameter) => parameter !== first && parameter.values.length <= COLOURS) ?? { name: "" }
    ).name,
    y: sweep.figures.clocks_per_acquisition ? "clocks_per_acquisition" : figures[0],
    scale: "linear",
    only: new Map(),
  };
  const chart = el("div");
  const pivot = el("div");
  const list = el("div");

  const chosen = () =>
    points.filter(
      (point) =>
        sweep.figures[state.y]?.[point.index] !== null &&
        sweep.figures[state.y] &&
        [...state.only].every(([name, value]) => shownValue(named.get(name).get(point)) === value),
    );

  // Mean, least and most of the points of each x and series.
  function groups() {
    const found = new Map();
    for (const point of chosen()) {
      const x = named.get(state.x).get(point);
      const series = state.series ? shownValue(named.get(state.series).get(point)) : "";
      const key = JSON.stringify([x, series]);
      if (!found.has(key)) found.set(key, { x, series, values: [] });
      found.get(key).values.push(sweep.figures[state.y][point.index]);
    }
    return [...found.values()]
      .map((group) => ({
        ...group,
        mean: sum(group.values) / group.values.length,
        least: Math.min(...group.values),
        most: Math.max(...group.values),
      }))
      .sort((a, b) => compare(a.x, b.x));
  }

  function drawChart() {
    const parameter = named.get(state.x);
    const all = groups();
    const names = state.series ? named.get(state.series).values.map(shownValue) : [""];
    const colour = (series) => colourOf(Math.max(0, names.indexOf(series)));
    const xOf = (group) => (parameter.numbers ? group.x : shownValue(group.x));
    const positive = parameter.numbers && parameter.values[0] > 0;
    const powers =
      positive &&
      parameter.values.length > 2 &&
      parameter.values[parameter.values.length - 1] / parameter.values[0] >= 8;
    const dots = chosen().map((point) => ({
      x: parameter.get(point),
      y: sweep.figures[state.y][point.index],
      point,
      series: state.series ? shownValue(named.get(state.series).get(point)) : "",
    }));
    const logarithmic = state.scale === "logarithmic" && dots.every((dot) => dot.y > 0);
    const settings = (point) => parameters.map((p) => `${p.name}: ${shownValue(p.get(point))}`).join("\n");
    for (let i = pictures.length; i-- > 0;) if (chart.contains(pictures[i].box)) pictures.splice(i, 1);
    chart.replaceChildren(
      state.series ? legend(names.map((name) => [colour(name), `${state.series}: ${name}`])) : "",
      dots.length === 0
        ? el("p", {}, "No point has this figure with these values.")
        : picture(`${state.y} by ${state.x}`, (width) =>
            plot({
              width,
              height: Math.min(460, Math.max(280, width * 0.45)),
              marginLeft: 60,
              marginBottom: 44,
              ariaLabel: `${state.y} by ${state.x}`,
              x: parameter.numbers
                ? {
                    type: powers ? "log" : "linear",
                    base: 2,
                    label: state.x,
                    labelOffset: 40,
                    ticks: parameter.values.length <= width / 60 ? parameter.values : width / 90,
                    tickFormat: rounded,
                    inset: 12,
                  }
                : {
                    type: "point",
                    domain: parameter.values.map(shownValue),
                    label: state.x,
                    labelOffset: 40,
                  },
              y: {
                label: state.y,
                grid: true,
                type: logarithmic ? "log" : "linear",
                nice: true,
                zero: !logarithmic,
                tickFormat: rounded,
              },
              marks: [
                Plot.ruleX(all, {
                  x: xOf,
                  y1: "least",
                  y2: "most",
                  stroke: (g) => colour(g.series),
                  strokeOpacity: 0.35,
                  strokeWidth: 6,
                }),
                Plot.dot(dots, { x: xOf, y: "y", fill: (d) => colour(d.series), r: 2, fillOpacity: 0.5 }),
                Plot.lineY(all, {
                  x: xOf,
                  y: "mean",
                  z: "series",
                  stroke: (g) => colour(g.series),
                  strokeWidth: 2,
                }),
                Plot.dot(all, { x: xOf, y: "mean", fill: (g) => colour(g.series), r: 4, className: "mean" }),
                Plot.tip(
                  dots,
                  Plot.pointer({
                    x: xOf,
                    y: "y",
                    title: (d) => `${state.y}: ${number(d.y)}\n${settings(d.point)}`,
                  }),
                ),
              ],
            }),
          ),
      el("p", { class: "hint" }, "Line: mean. Bar: from the least to the most. Dot: one run."),
    );
    const columns = [
      { name: state.x, get: (row) => row.x, text: !parameter.numbers, show: (row) => shownValue(row.x) },
      ...names.map((series) => ({ name: series || "mean", get: (row) => row.of.get(series)?.mean ?? null })),
    ];
    const rows = parameter.values.map((x) => ({
      x,
      of: new Map(all.filter((g) => shownValue(g.x) === shownValue(x)).map((g) => [g.series, g])),
    }));
    pivot.replaceChildren(
      sortableTable(`Mean of ${state.y}${state.series ? `, by ${state.series}` : ""}`, columns, rows, {
        sort: 0,
        descending: false,
        titled: true,
      }),
    );
    drawPictures();
  }

  function drawList() {
    list.replaceChildren(
      sortableTable(
        "Points",
        [
          { name: "Point", get: (point) => point.number },
          ...parameters.map((p) => ({
            name: p.name,
            text: !p.numbers,
            get: (point) => (p.numbers ? p.get(point) : shownValue(p.get(point))),
          })),
          { name: state.y, get: (point) => sweep.figures[state.y]?.[point.index] ?? null },
          { name: "Outcome", text: true, get: (point) => point.outcome ?? "not run yet" },
          { name: "Command", text: true, get: (point) => point.command },
        ],
        points,
        { sort: 0, descending: false },
      ),
    );
  }

  function draw() {
    drawChart();
    drawList();
  }
  const set = (key) => (value) => {
    state[key] = value;
    draw();
  };
  const controls = [
    choice(
      "Across",
      varied.map((p) => [p.name, p.name]),
      state.x,
      set("x"),
    ),
    choice(
      "Figure",
      figures.map((name) => [name, name]),
      state.y,
      set("y"),
    ),
    choice(
      "A line for each",
      [["", "(one line)"], ...varied.filter((p) => p.values.length <= COLOURS).map((p) => [p.name, p.name])],
      state.series,
      set("series"),
    ),
    choice(
      "Scale",
      [
        ["linear", "linear"],
        ["logarithmic", "logarithmic"],
      ],
      state.scale,
      set("scale"),
    ),
    ...swept.map((p) =>
      choice(
        `Only ${p.name}`,
        [["", "all"], ...p.values.map((v) => [shownValue(v), shownValue(v)])],
        "",
        (value) => {
          if (value) state.only.set(p.name, value);
          else state.only.delete(p.name);
          draw();
        },
      ),
    ),
  ];
  const outcomes = new Map();
  for (const point of points)
    outcomes.set(point.outcome ?? "not run yet", (outcomes.get(point.outcome ?? "not run yet") ?? 0) + 1);
  draw();
  return [
    section(
      "what",
      "What was run",
      "",
      el(
        "p",
        {},
        `${number(points.length)} runs of `,
        el("strong", {}, sweep.of),
        ` by ${sweep.lockarb}: ` +
          [...outcomes].map(([name, count]) => `${number(count)} ${name}`).join(", ") +
          ". ",
      ),
      el(
        "p",
        { class: "hint" },
        `From ${sweep.file}. Each point below has the command that does its run again.`,
      ),
      sweep.left_out
        ? el(
            "p",
            {},
            `${number(sweep.left_out)} figures of single locks and threads are only in the database.`,
          )
        : "",
      sortableTable(
        "Parameters",
        [
          { name: "Parameter", text: true, get: (p) => p.name },
          { name: "Values", get: (p) => p.values.length },
          {
            name: "Which",
            text: true,
            get: (p) =>
              p.values.slice(0, 12).map(shownValue).join(", ") + (p.values.length > 12 ? ", …" : ""),
          },
        ],
        parameters,
      ),
    ),
    section(
      "figure",
      "Parameter and figure",
      "Any parameter against any figure.",
      el("div", { class: "controls" }, controls),
      chart,
    ),
    section("means", "Means", "", pivot),
    section("points", "Points", "", list),
  ];
}
