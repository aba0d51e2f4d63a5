"""How the application is put on a port: the server's settings that the rest relies on."""

import uvicorn
from dash import Dash


def server_config(app: Dash, host: str, port: int) -> uvicorn.Config:
    """No proxy headers (the gate must see the true peer), no per-screen compression (fifty times the same work).

    No access log: addresses may carry a device link. A screen that does not read leaves a ping unanswered long before
    the kernel's buffers are full, and is dropped for that.
    """
    return uvicorn.Config(
        app.server,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        ws_max_size=4096,
        ws_ping_interval=2.0,
        ws_ping_timeout=3.0,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=2,
    )
