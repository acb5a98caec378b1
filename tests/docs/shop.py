"""Stands in for a reader's own service: `python shop.py ADDRESS…` serves a shop on port 8080 of each."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ANSWERS = {("GET", "/items/17"): 200, ("POST", "/orders"): 201, ("GET", "/health"): 200}


class Shop(BaseHTTPRequestHandler):
    """Answers what the page's task asks for."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        body = b'{"id": 17}'
        self.send_response(ANSWERS.get((self.command, self.path), 404))
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name http.server looks for

    def log_message(self, *_):
        """Say nothing."""


if __name__ == "__main__":
    servers = [ThreadingHTTPServer((address, 8080), Shop) for address in sys.argv[1:]]
    threads = [threading.Thread(target=server.serve_forever) for server in servers]
    for thread in threads:
        thread.start()
    sys.stdout.write("open\n")
    sys.stdout.flush()
    for thread in threads:
        thread.join()
