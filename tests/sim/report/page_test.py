#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""page_test.py LOCKARB PROGRAM SIM FOLDER: pages of `lockarb report` in headless Chromium.

The figures on the page are those of the JSON or the database, sorting and choosing work by mouse and by
keyboard, nothing is loaded, and the console stays empty. Leaves pictures at three widths, light and
dark, for people.
"""

import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys

from playwright.sync_api import sync_playwright

WIDTHS = (360, 768, 1280)


class Page:
    """One page, in one window."""

    def __init__(self, browser, file, **options):
        self.page = browser.new_page(**options)
        self.page.set_default_timeout(8000)
        self.said = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on(
            "request", lambda request: self.said.append(request.url) if request.url[:5] != "file:" else None
        )
        self.page.goto(file.as_uri())

    def close(self):
        assert not self.said, f"console or network: {self.said}"
        self.page.close()

    def table(self, section, run=0):
        """The texts of the table of a section: [[cell]], the heads first."""
        return self.page.evaluate(
            """([section, run]) => {
              const tables = document.querySelectorAll(`#${section} table`);
              return [...tables[run].rows].map((row) => [...row.cells].map((cell) => cell.textContent));
            }""",
            [section, run],
        )

    def all_rows(self):
        more = self.page.locator("button.more:visible")
        while more.count():
            more.first.click()


def figure(text):
    return None if text == "–" else float(text.replace(",", "").removesuffix("%"))


def rounded(value):
    """As the page rounds: whole ones as they are, others to one digit."""
    return value if value is None or value == int(value) else value


def same(shown, value):
    return figure(shown) is None if value is None else abs(figure(shown) - value) <= 0.0501


def mean(durations):
    return durations["sum"] / durations["count"] if durations["count"] else None


def use_figures(use):
    figures = [use["acquisitions"], use["contentions"], use["refusals"]]
    for what in ("waiting_clocks", "holding_clocks"):
        found = use[what]
        figures += [
            mean(found),
            *((found[key] if found["count"] else None) for key in ("median", "p99", "max")),
        ]
    return figures


def check_run(page, report, run=0):
    """Each table of a run against its JSON. `run`: which one of the page."""
    total = report["total"]
    summary = {row[0]: row[1 if run == 0 else 2 * run] for row in page.table("summary")[1:]}
    for name, value in (
        ("Simulated clocks", report["clocks"]),
        ("Acquired", total["acquisitions"]),
        ("Contended", total["contentions"]),
        ("Contended, % of acquired", 100 * total["contentions"] / total["acquisitions"]),
        ("Clocks for each acquire", report["clocks"] / total["acquisitions"]),
        ("Waiting, mean clocks", mean(total["waiting_clocks"])),
        ("Waiting, p99 clocks", total["waiting_clocks"]["p99"]),
        ("Waiting, longest clocks", total["waiting_clocks"]["max"]),
        ("Holding, longest clocks", total["holding_clocks"]["max"]),
        ("Bus taken, %", 100 * report["bus"]["busy_clocks"] / report["clocks"]),
    ):
        assert same(summary[name], value), f"{name}: {summary[name]} is shown, {value} is in the JSON"

    locks = [lock for lock in report["locks"] if lock["acquisitions"] or lock["refusals"]]
    rows = page.table("locks", run)[1:]
    assert len(rows) == len(locks), "rows of locks"
    for lock in locks:
        name = f"{lock['name']} ({lock['lock']})" if "name" in lock else f"lock {lock['lock']}"
        [row] = [row for row in rows if row[0] == name]
        assert all(
            map(same, row[2:], use_figures(lock))
        ), f"{row} is shown, {use_figures(lock)} is in the JSON"
    rows = page.table("threads", run)[1:]
    assert len(rows) == len(report["threads"]), "rows of threads"
    for row in rows:
        thread = report["threads"][int(figure(row[1])) - 1]
        assert row[0] == thread["name"] and figure(row[2]) == thread["core"], row
        assert all(map(same, row[3:14], use_figures(thread))), f"{row}: {use_figures(thread)} is in the JSON"
        assert figure(row[14]) == sum(thread["apcs_delivered"].values()), row
    rows = page.table("places", run)[1:]
    assert len(rows) == len(report["places"]), "rows of places"
    assert sum(figure(row[2]) for row in rows) == sum(p["others_waited_clocks"] for p in report["places"])
    assert sum(figure(row[7]) for row in rows) == total["acquisitions"], "acquisitions by place"

    longest = report["longest_wait"]
    text = page.page.locator("#longest p strong").nth(2 * run).locator("..").inner_text()
    assert f"waited {longest['to'] - longest['from']:,} clocks" in text and longest["where"] in text, text
    bars = page.page.locator("#histograms figure").nth(2 * run).locator("g[aria-label=rect] rect").count()
    assert bars == len(total["waiting_clocks"]["histogram"]["from"]), f"{bars} bars of the histogram"


def check_sorting(page, section, column):
    """By mouse, and by keyboard: down, then up; what is missing stays last."""
    head = page.page.locator(f"#{section} th").nth(column)

    def shown():
        return [figure(row[column]) for row in page.table(section)[1:]]

    def ordered(values, down):
        there = [value for value in values if value is not None]
        return sorted(there, reverse=down) + [None] * (len(values) - len(there))

    head.locator("button").click()
    first = head.get_attribute("aria-sort")
    assert first in ("ascending", "descending") and shown() == ordered(
        shown(), first == "descending"
    ), shown()
    head.locator("button").focus()
    page.page.keyboard.press("Enter")
    second = head.get_attribute("aria-sort")
    assert second != first and shown() == ordered(shown(), second == "descending"), shown()


def check_keyboard(page):
    """The first key leads past the links, and each thing that acts can be reached and shows it."""
    page.page.keyboard.press("Tab")
    assert page.page.evaluate("document.activeElement.className") == "skip", "the first stop"
    page.page.keyboard.press("Enter")
    assert page.page.evaluate("document.activeElement.id") == "main", "it leads to the figures"
    reached = set()
    for _ in range(400):
        page.page.keyboard.press("Tab")
        reached.add(
            page.page.evaluate(
                "document.activeElement.tagName + ' ' + document.activeElement.textContent.trim()"
            )
        )
    for thing in page.page.evaluate(
        "[...document.querySelectorAll('main button, main select')].filter((e) => e.checkVisibility())"
        ".map((e) => e.tagName + ' ' + e.textContent.trim())"
    ):
        assert thing in reached, f"Tab does not reach {thing}"


def check_ownership(page):
    """The buttons move what is shown."""
    figure_of = page.page.locator("#longest figure").first

    def axis():
        return figure_of.locator("[aria-label='x-axis tick label']").text_content()

    before = axis()
    for label in ("Show less time", "Later", "Show all that was kept"):
        page.page.get_by_label(label).first.click()
        assert axis() != before, label
        before = axis()
    bars = figure_of.locator("g[aria-label=bar] rect").count()
    page.page.get_by_label("Show the longest wait").first.click()
    assert 0 < figure_of.locator("g[aria-label=bar] rect").count() < bars, "less is shown"


def check_widths(browser, file, folder):
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            page = Page(browser, file, viewport={"width": width, "height": 900}, color_scheme=scheme)
            wide = page.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{file.name}: {wide} pixels wide in a window of {width}"
            dark = (
                page.page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
            )
            assert dark == (scheme == "dark"), f"{scheme}: another background"
            page.page.screenshot(path=folder / f"{file.stem}-{width}-{scheme}.png", full_page=True)
            page.close()


def check_print(browser, file, folder):
    """On paper it is light, and all tables and pictures are there."""
    page = Page(browser, file, color_scheme="dark")
    page.page.emulate_media(media="print", color_scheme="dark")
    page.page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert (
        page.page.locator("nav, .controls").filter(visible=True).count() == 0
    ), "what cannot be clicked on paper"
    page.page.pdf(path=folder / f"{file.stem}.pdf")
    page.close()


def check_sweep(browser, file, database):
    page = Page(browser, file, viewport={"width": 1280, "height": 900})
    page.all_rows()
    with sqlite3.connect(database) as db:
        count = db.execute("SELECT count(*) FROM point").fetchone()[0]
        parameters = [name for name, in db.execute("SELECT name FROM parameter ORDER BY number")]

        def of(name, y):
            return db.execute(
                "SELECT s.value, f.value FROM figure f JOIN setting s USING (point) JOIN parameter p "
                "ON p.number = s.parameter WHERE p.name = ? AND f.name = ?",
                (name, y),
            ).fetchall()

        rows = page.table("points")[1:]
        assert len(rows) == count, "each point has a row"
        for x, y in (
            ("threads[reader].count", "total.waiting_clocks.max"),
            ("--lock", "clocks"),
            ("threads[reader].hold_clocks", "threads[writer].waiting_clocks.mean"),
        ):
            page.page.get_by_label("A line for each").select_option("")
            page.page.get_by_label("Across").select_option(x)
            page.page.get_by_label("Figure", exact=True).select_option(y)
            shown = {row[0]: row[1] for row in page.table("means")[1:]}
            values = of(x, y)
            assert len(shown) == len({value for value, _ in values}), f"{x}: {shown}"
            for text in {value for value, _ in values}:
                found = [v for value, v in values if value == text]
                expected = sum(found) / len(found)
                key = json.loads(text)
                assert same(
                    shown[key if isinstance(key, str) else f"{key}"], expected
                ), f"{x} {text}: {shown}, {expected}"
            dots = page.page.locator("#figure g[aria-label=dot]:not(.mean) circle").count()
            assert dots == len(values), f"{dots} dots, {len(values)} points"
        # Only some of the points; a line for each value of another parameter.
        page.page.get_by_label("Only --lock").select_option("software")
        page.page.get_by_label("A line for each").select_option("threads[reader].hold_clocks")
        assert page.page.locator("#figure g[aria-label=line] path").count() == 2, "lines"
        assert len(page.table("means")[0]) == 3, "columns"
    assert parameters[0] in page.page.locator("#what").inner_text()
    check_sorting(page, "points", len(parameters) + 2)
    page.page.get_by_label("Find in points").fill("software")
    page.all_rows()
    assert len(page.table("points")) - 1 == count / 2, "found"
    page.close()


def main():
    lockarb, program, sim, folder = (pathlib.Path(word).absolute() for word in sys.argv[1:5])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)

    def call(*command):
        subprocess.run([str(word) for word in command], cwd=folder, check=True, stdout=subprocess.DEVNULL)

    call(program, "--json", "hardware.json")
    call(program, "--lock", "software", "--json", "software.json")
    call(lockarb, "run", sim / "scenarios" / "sixty_four_threads.yaml", "--json", "many.json")
    call(lockarb, "run", sim / "scenarios" / "faults.yaml", "--json", "faults.json")
    call(lockarb, "sweep", sim / "sweep" / "readers_and_writers.yaml", "--database", "sweep.db")
    call(lockarb, "report", "hardware.json", "software.json", "--output", "two.html")
    for name in ("hardware.json", "many.json", "faults.json", "sweep.db"):
        call(lockarb, "report", name)

    def report(name):
        return json.loads((folder / f"{name}.json").read_text())

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = Page(browser, folder / "hardware.html", viewport={"width": 1280, "height": 900})
        page.all_rows()
        check_run(page, report("hardware"))
        for section, column in (("locks", 2), ("threads", 6), ("places", 2)):
            check_sorting(page, section, column)
        check_ownership(page)
        page.page.get_by_label("Of", exact=True).select_option("thread 4")
        text = page.page.locator("#histograms h3").first.inner_text()
        assert text == f"Waiting: {report('hardware')['threads'][3]['contentions']:,} times", text
        page.page.get_by_label("Colours").select_option("dark")
        assert page.page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
        page.close()
        page = Page(browser, folder / "hardware.html", viewport={"width": 1280, "height": 900})
        check_keyboard(page)
        page.close()
        for name, runs in (("two", ["hardware", "software"]), ("many", ["many"]), ("faults", ["faults"])):
            page = Page(browser, folder / f"{name}.html", viewport={"width": 1280, "height": 900})
            page.all_rows()
            for i, run in enumerate(runs):
                check_run(page, report(run), i)
            page.close()
        check_sweep(browser, folder / "sweep.html", folder / "sweep.db")
        for name in ("hardware", "two", "many", "sweep"):
            check_widths(browser, folder / f"{name}.html", folder)
            check_print(browser, folder / f"{name}.html", folder)
        browser.close()
    print(f"pages are as their figures; look at {folder}/*.png")


main()
