"""Runs a command and prints its seconds, those of processors and its peak memory as JSON: python -I -S launcher.py COMMAND...

A process of its own because the peak that a system reports for a child is never under what its parent held when it began, and
the benchmarks themselves hold much. Nothing but the standard library is imported, so what is added is a few megabytes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

BYTES_A_UNIT = 1 if sys.platform == "darwin" else 1024  # of ru_maxrss


def main() -> int:
    begun = time.perf_counter()
    child = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
    peak_bytes = processor_seconds = None
    if sys.platform == "win32":
        code = child.wait()
    else:
        _, status, usage = os.wait4(child.pid, 0)
        code, peak_bytes = os.waitstatus_to_exitcode(status), usage.ru_maxrss * BYTES_A_UNIT
        processor_seconds = usage.ru_utime + usage.ru_stime
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "processor_seconds": processor_seconds, "peak_bytes": peak_bytes}))
    return code


if __name__ == "__main__":
    sys.exit(main())
