"""Where the program starts: the ``helios-gui`` command, and ``python -m helios_gui``."""

# Nothing is imported before ``main``: Ctrl-C while modules are loaded must not print a traceback.

_INTERRUPTED = 130


def main() -> int:
    """Run the command line that the program was called with, and return the exit code; see ``helios_gui.cli.main``."""
    try:
        from helios_gui.cli import main as run

        return run()
    except KeyboardInterrupt:  # commands tell of it themselves
        return _INTERRUPTED


if __name__ == "__main__":
    raise SystemExit(main())
