"""A decoder that ends as its file says: `wait` for a minute, or the number of a signal that it gets."""

import os
import sys
import time
from pathlib import Path

word = Path(sys.argv[1]).read_bytes().removeprefix(b"RIFF0000WAVE").decode()
if word == "wait":
    time.sleep(60)
os.kill(os.getpid(), int(word))
