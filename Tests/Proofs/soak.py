"""Half an hour at 70 % of capacity with chaos, two replacements in the first third; the two-minute form is part of `make test`.

    soak.py [SECONDS]      1800 unless said otherwise
"""
import os
import pathlib
import sys

script = pathlib.Path(__file__).resolve().parent.parent / "Interop" / "soak.py"
os.execv(sys.executable, [sys.executable, str(script), *(sys.argv[1:] or ["1800"])])
