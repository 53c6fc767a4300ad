from __future__ import annotations

import subprocess
import sys


def test_only_the_kind_in_use_is_imported() -> None:
    """Start-up time counts, and a worker image for one cloud does not hold the other's libraries."""
    program = (
        "import sys; from helios_gui.storage import open_storage; open_storage('file:///x');"
        "import helios_gui.storage.bundle_upload, helios_gui.storage.bundle_download, helios_gui.storage.retention;"
        "heavy = {'boto3', 'botocore', 'aiohttp', 'httpx', 'google', 'PySide6'} & set(sys.modules);"
        "assert not heavy, heavy;"
        "open_storage('s3://bucket'); assert 'botocore' in sys.modules and 'httpx' not in sys.modules;"
        "open_storage('gs://bucket'); assert 'aiohttp' in sys.modules and 'PySide6' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
