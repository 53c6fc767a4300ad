"""A Lambda handler that does what the event asks, to test the Lambda servers with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_invocations = 0


def handler(event: dict[str, Any], context: Any) -> Any:
    """Answer the event and facts about the sandbox, after having done what the event's keys say."""
    global _invocations
    _invocations += 1
    print("event", event.get("say", ""))
    if "child" in event:
        child = [sys.executable, "-S", "-c", "import time; time.sleep(60)"]
        pid = subprocess.Popen(child, process_group=0).pid
        Path(event["child"]).write_text(str(pid))
    if "note" in event:
        with Path(event["note"]).open("a") as note:
            note.write(f"{context.aws_request_id}\n")
    time.sleep(event.get("sleep", 0))
    if "raise" in event:
        raise RuntimeError(event["raise"])
    if "exit" in event:
        os._exit(event["exit"])
    if event.get("die"):
        os.kill(os.getpid(), signal.SIGKILL)
    return {
        "event": event,
        "filling": "x" * event.get("size", 0),
        "invocations": _invocations,
        "pid": os.getpid(),
        "memory": context.memory_limit_in_mb,
        "remaining": context.get_remaining_time_in_millis(),
        "request": context.aws_request_id,
        "temporary": os.environ["TMPDIR"],
        "variable": os.environ.get("VARIABLE"),
    }
