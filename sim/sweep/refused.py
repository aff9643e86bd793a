# SPDX-License-Identifier: Apache-2.0
"""What is wrong with an input, and how the Python commands say it."""

import os
import signal
import sys


class Refused(Exception):
    """File or option, line, value and cure, in one text."""


def command_line(name, main):
    """Runs main(); errors go to the standard error, and the exit codes are those of `lockarb run`."""
    for stop in (signal.SIGHUP, signal.SIGTERM):
        if signal.getsignal(stop) == signal.SIG_DFL:  # else it is ignored: nohup
            signal.signal(stop, lambda number, _: sys.exit(128 + number))
    try:
        main()
        sys.stdout.flush()
    except Refused as error:
        sys.exit(fail(name, error))
    except KeyboardInterrupt:
        sys.exit(128 + signal.SIGINT)
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGPIPE)
    except OSError as error:
        sys.exit(fail(name, f"{error.filename or 'the standard output'}: {error.strerror}"))


def fail(name, text):
    print(f"lockarb {name}: {text}", file=sys.stderr)
    return 2
