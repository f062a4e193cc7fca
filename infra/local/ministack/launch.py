"""Starts ministack with the corrections of patches/.

It listens at a free port, which it writes into SLIPWAY_PORT_FILE, and believes to be at GATEWAY_PORT, the front door:
whatever endpoint it hands out (HTTP APIs, queue URLs, custom resources' answers) then leads to the front door, the one
endpoint that anybody uses.
"""

import asyncio
import os
import socket

import patches

patches.apply()

from hypercorn.asyncio import serve  # noqa: E402
from hypercorn.config import Config  # noqa: E402
from ministack.app import app  # noqa: E402  (patched modules have to be in place first)
from patches.lookups import routes  # noqa: E402

config = Config()
# Taken here and never let go: a port that somebody else had looked up could be another's by now.
listening = socket.create_server(("127.0.0.1", 0))
config.bind = [f"fd://{listening.fileno()}"]
with open(os.environ["SLIPWAY_PORT_FILE"], "w") as file:
    file.write(str(listening.getsockname()[1]))
config.keep_alive_timeout = 75
asyncio.run(serve(routes(app), config))
