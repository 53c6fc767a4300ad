"""Where the bundle's programs start: the same as ``python -m helios_gui``."""

from __future__ import annotations

import sys

from helios_gui.__main__ import main

sys.exit(main())
