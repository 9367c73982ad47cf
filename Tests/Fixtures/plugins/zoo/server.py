#!/usr/bin/env python3
"""The other side of the zoo's `ask`: things by key, made by POST, deleted by DELETE, all of them shown by GET /state."""
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

things = set()


class Handler(BaseHTTPRequestHandler):
    def answer(self, status, value=None):
        body = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.answer(200, {"things": sorted(things)})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/reset":
            things.clear()
            return self.answer(200, {})
        key = json.loads(body)["key"]
        things.add(key)
        self.answer(201, {"key": key})

    def do_DELETE(self):
        key = self.path.removeprefix("/things/")
        self.answer(204 if key in things else 404)
        things.discard(key)

    def log_message(self, *arguments):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
