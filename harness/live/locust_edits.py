"""Keeps Locust's own page from changing the users of a run: its requests are refused with the reason."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, request

_LOG = logging.getLogger("harness")
_CHANGES_USERS = ("/swarm", "/user")


def refuse_edits(app: Flask, why: str) -> None:
    """Refuse the requests of Locust's page that start, change or replace users; the page shows `why`."""

    def refuse() -> Response | None:
        if request.method != "POST" or not request.path.endswith(_CHANGES_USERS):
            return None
        _LOG.warning("a change from Locust's page was refused: %s", why)
        return jsonify({"success": False, "message": why})

    app.before_request(refuse)
