"""Starts ministack with the corrections of patches.py and the strictness of strict.py.

It listens at SLIPWAY_BIND and believes to be at GATEWAY_PORT, the front door: whatever endpoint it hands out (HTTP
APIs, queue URLs, custom resources' answers) then leads to the front door, the one endpoint that anybody uses.
"""

import asyncio
import os

import patches
import strict

patches.apply()
strict.apply()

from hypercorn.asyncio import serve  # noqa: E402
from hypercorn.config import Config  # noqa: E402
from ministack.app import app  # noqa: E402  (patched modules have to be in place first)

config = Config()
config.bind = [os.environ["SLIPWAY_BIND"]]
config.keep_alive_timeout = 75
asyncio.run(serve(app, config))
