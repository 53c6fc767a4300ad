"""Fuzz one of the tests in ``test_fuzz`` guided by coverage, until it fails or is stopped.

    pip install atheris
    python -m tests.faults.fuzz_with_atheris test_job_documents -max_total_time=600

Atheris is no dependency: it has no builds for every Python and system that we run on.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the fuzzer; arguments after the test's name are libFuzzer's."""
    import atheris  # type: ignore[import-not-found]

    with atheris.instrument_imports(include=["helios_gui"]):
        from tests.faults import test_fuzz
    test = getattr(test_fuzz, sys.argv[1])
    atheris.Setup([sys.argv[0], *sys.argv[2:]], atheris.instrument_func(test.hypothesis.fuzz_one_input))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
