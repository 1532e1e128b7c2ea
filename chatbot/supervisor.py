"""What systemd is told over the socket it names: ready, alive, stopping. Elsewhere nobody is told anything.

The protocol is a datagram of words, as `sd_notify(3)` has it; nothing here waits, and a lost word is no error.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

READY = "READY=1"
ALIVE = "WATCHDOG=1"
STOPPING = "STOPPING=1"


class Supervisor:
    """The supervisor that the environment names, if it names one."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # An abstract address begins with @ in the variable and with a zero byte in the call.
        self._address = "\0" + address[1:] if address.startswith("@") else address

    def tell(self, word: str) -> None:
        """Say *word*."""
        if not self._address:
            return
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
                way.settimeout(0.0)
                way.sendto(word.encode(), self._address)
        except OSError:
            return  # whoever does not listen restarts us, which is what the word was about
