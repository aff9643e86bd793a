#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""header_spellings.py on folders of its own. usage: header_spellings_test.py SCRIPT"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = sys.argv.pop()


class HeaderSpellings(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.root = pathlib.Path(self.temporary.name)
        self.folder = self.root / "spellings/1/2/3/4/5/6/7/8"

    def write(self, name, text):
        path = self.root / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def run_script(self):
        return subprocess.run(
            [SCRIPT, self.folder, self.root / "stamp", self.root / "depfile", "--source",
             self.root / "source/main.c", "--include", self.root / "source/inc", "--system", "/usr/include"],
            capture_output=True, text=True, check=False)

    def made(self):
        """Spelling: what the compiler reads there."""
        self.assertEqual(self.run_script().returncode, 0)
        return {str(path.relative_to(self.root / "spellings")): path.read_text()
                for path in (self.root / "spellings").rglob("*") if path.is_file()}

    def below(self, name):
        return f"1/2/3/4/5/6/7/8/{name}"

    def test_headers_with_their_own_names_need_nothing(self):
        self.write("main.c", '#include "a.h"\n#include <stdio.h>\n#include <inc.h>\n#include "none.h"\n')
        self.write("a.h", "")
        self.write("inc/inc.h", "")
        self.assertEqual(self.made(), {})

    def test_other_spellings_are_made(self):
        self.write("main.c", ' # include "A.h"\n#include <INC.H>\n#include <StdIO.h>\n#include "sub\\B.h"\n'
                             '#include "../Source/a.H"\n')
        a, b, inc = (self.write(name, "") for name in ("a.h", "sub/b.h", "inc/inc.h"))
        self.assertEqual(self.made(), {
            self.below("A.h"): f'#include "{a}"\n', self.below("INC.H"): f'#include "{inc}"\n',
            self.below("StdIO.h"): "#include <stdio.h>\n", self.below("sub\\B.h"): f'#include "{b}"\n',
            "1/2/3/4/5/6/7/Source/a.H": f'#include "{a}"\n'})

    def test_headers_of_headers_are_looked_for_beside_them(self):
        self.write("main.c", '#include "Sub/A.h"\n')
        self.write("sub/a.h", '#include "B.h"\n')
        b = self.write("sub/b.h", "")
        self.assertEqual(self.made()[self.below("B.h")], f'#include "{b}"\n')

    def test_what_is_not_asked_for_any_more_goes_and_the_rest_is_left_alone(self):
        self.write("main.c", '#include "A.h"\n#include "B.h"\n')
        self.write("a.h", "")
        self.write("b.h", "")
        self.made()
        before = (self.folder / "A.h").stat().st_mtime_ns
        self.write("main.c", '#include "A.h"\n')
        self.assertEqual(list(self.made()), [self.below("A.h")])
        self.assertEqual((self.folder / "A.h").stat().st_mtime_ns, before)

    def test_two_that_fit_are_named(self):
        self.write("main.c", '\n#include "COMMON.h"\n')
        self.write("common.h", "")
        self.write("Common.h", "")
        done = self.run_script()
        self.assertEqual(done.returncode, 1)
        self.assertIn("main.c:2: COMMON.h fits Common.h and common.h in", done.stderr)

    def test_one_spelling_for_two_headers_is_named(self):
        self.write("main.c", '#include "sub/a.h"\n#include "B.h"\n')
        self.write("b.h", "")
        self.write("sub/a.h", '\n\n#include "B.h"\n')
        self.write("sub/b.h", "")
        done = self.run_script()
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"B\.h is .*source/(sub/)?b\.h here and .*source/(sub/)?b\.h elsewhere")

    def test_depfile_names_what_would_change_the_answer(self):
        self.write("main.c", '#include "A.h"\n')
        self.write("a.h", "")
        self.made()
        text = (self.root / "depfile").read_text()
        for path in ("source", "source/main.c", "source/a.h"):
            self.assertIn(f" {self.root / path}", text + " ")


unittest.main()
