"""The commands below ``helios-gui worker``: their options and help. What runs them is imported when it is needed."""

from __future__ import annotations

from typing import Annotated

import typer

worker_app = typer.Typer(help="Render for other machines.", no_args_is_help=True)


@worker_app.callback()
def _all_worker_commands() -> None:
    """Render for other machines."""


_SERVE_EPILOG = """\b
Callers have to authenticate, except on Cloud Run (K_SERVICE is set), which checks them:
  HELIOS_WORKER_TOKEN     the secret that callers send as bearer token, or
  HELIOS_WORKER_AUDIENCE  the audience of Google ID tokens, together with
  HELIOS_WORKER_CALLERS   the accounts' email addresses, separated by commas

\b
More settings:
  PORT, HELIOS_WORKER_HOST   port and address to serve at
  HELIOS_WORKER_DIR          folder for work files and cache; one per worker
  HELIOS_WORKER_CACHE_MB     size of the cache of asset files
  HELIOS_WORKER_TIME_LIMIT   timeout per chunk in seconds
  HELIOS_WORKER_JOB_HOSTS    hosts that jobs are read from over HTTP
  HELIOS_WORKER_OUTPUT_URL   storage for outputs of jobs read over HTTP
  HELIOS_WORKER_CERTS_URL    Google's public certificates
  HELIOS_STORAGE_…           settings of the storage: ENDPOINT_URL, REGION,
                             AWS_PROFILE, SERVICE_ACCOUNT_KEY, METADATA_HOST, …

POST / or /render with {"jobPath": URL, "chunkIndex": ID} renders a chunk; GET /health returns the version.
"""


@worker_app.command(epilog=_SERVE_EPILOG)
def serve(
    port: Annotated[
        int | None, typer.Option(metavar="N", min=0, max=65535, help="Port; by default $PORT or 8080.")
    ] = None,
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Address; by default this machine only (on Cloud Run: all).")
    ] = None,
    time_limit: Annotated[float | None, typer.Option(metavar="SECONDS", min=1, help="Timeout per chunk.")] = None,
    stop_on_hangup: Annotated[
        bool, typer.Option("--stop-on-hangup", help="Stop the render when its caller disconnects.")
    ] = False,
    insecure: Annotated[
        bool, typer.Option("--insecure-no-auth", help="Render jobs of everybody who can reach the port.")
    ] = False,
) -> None:
    """Serve HTTP requests and render one chunk at a time.

    Ends at SIGTERM or Ctrl-C, after the running render was stopped and reported.
    """
    from helios_gui.cli.worker import serve_worker
    from helios_gui.worker.serve import ServeOptions

    options = ServeOptions(host, port, time_limit, insecure=insecure, stop_on_hangup=stop_on_hangup)
    raise typer.Exit(serve_worker(options))
