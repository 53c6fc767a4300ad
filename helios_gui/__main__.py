"""``python -m helios_gui``: the same as the ``helios-gui`` command."""

from helios_gui.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
