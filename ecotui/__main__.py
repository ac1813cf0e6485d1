"""`python -m ecotui` is the command `ecotui`."""

import sys

from ecotui.cli import main

if __name__ == "__main__":
    sys.exit(main())
