# SPDX-License-Identifier: Apache-2.0
"""slang with the options of its command line, out of pyslang, which brings no command along. Silent where it finds
nothing; exits 1 where it finds something.

Usage: python slang.py OPTION... FILE...
"""

import sys

from pyslang import driver

slang = driver.Driver()
slang.addStandardArgs()
if not slang.parseCommandLine(" ".join(["slang", *sys.argv[1:]])) or not slang.processOptions():
    sys.exit(2)
passed = slang.parseAllSources()
compilation = slang.createCompilation()
slang.reportCompilation(compilation, True)
slang.runAnalysis(compilation)
sys.exit(0 if slang.reportDiagnostics(True) and passed else 1)
