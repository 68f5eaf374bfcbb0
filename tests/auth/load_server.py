"""The web app in a process that a test can weigh."""

import socket

from app.config import Settings


def serve(listening: socket.socket, settings: Settings) -> None:
    import uvicorn

    from app.asgi import create_app

    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http="httptools",
        access_log=False,
        # The crowd shares the processor with the server, and may be slow to send its forms.
        timeout_keep_alive=300,
    )
    uvicorn.Server(config).run(sockets=[listening])
