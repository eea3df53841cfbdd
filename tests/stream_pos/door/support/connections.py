"""One real connection to an application, on an event loop of its own."""

import asyncio
import socket

from uvicorn.config import Config
from uvicorn.server import ServerState

from stream_pos.door.protocol import Connection


def serve(application, talk):
    """Return what `talk` returns, given a client's socket and a function for its connection."""

    async def serving():
        config = Config(application, interface="asgi3", log_config=None, proxy_headers=False)
        connections, loop = [], asyncio.get_running_loop()

        def connect():
            connections.append(Connection(config, ServerState(), {}))
            return connections[-1]

        server = await loop.create_server(connect, "127.0.0.1", 0)
        with socket.create_connection(server.sockets[0].getsockname()) as client:
            result = await talk(client, connections)
        server.close()
        for task in list(connections[0].tasks):
            task.cancel()
        return result

    return asyncio.run(serving())
