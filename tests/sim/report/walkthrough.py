#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""walkthrough.py LOCKARB PROGRAM FOLDER PICTURES: takes the pictures of sim/WALKTHROUGH.md, with Chromium.

PROGRAM is sim/programs/slowdown of the build. Run by `make report-test`.
"""

import pathlib
import shutil
import subprocess
import sys

from playwright.sync_api import sync_playwright

PARTS = {  # of the page: the last run of a section that has two
    "summary": "#summary .scroll",
    "places": "#places .scroll",
    "histograms": "#histograms .pair",
    "longest": "#longest [data-run]",
}


def main():
    lockarb, program, folder, pictures = (pathlib.Path(word).absolute() for word in sys.argv[1:5])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    pictures.mkdir(exist_ok=True)
    for command in (
        [program, "--json", "before.json"],
        [program, "--seed", "4", "--json", "after.json"],
        [lockarb, "report", "before.json", "after.json", "--output", "slowdown.html"],
    ):
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 820, "height": 900}, color_scheme="light")
        page.goto((folder / "slowdown.html").as_uri())
        for name, place in PARTS.items():
            page.locator(place).last.screenshot(path=pictures / f"walkthrough_{name}.png")
        browser.close()


main()
