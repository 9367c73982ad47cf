"""A small server to try the plugin against: python3 server.py 8080. It forgets everything when it ends."""
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

greetings = {}


class Server(BaseHTTPRequestHandler):
    def do_GET(self):
        key = parse_qs(urlsplit(self.path).query).get("key", [""])[0]
        self.answer(200, {"greetings": [g for g in greetings.values() if key in ("", g["key"])]})

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = max(greetings, default=0) + 1
        greetings[number] = {"id": number, "text": asked["text"], "key": asked["key"]}
        self.answer(201, greetings[number])

    def do_PUT(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = int(self.path.rsplit("/", 1)[1])
        greetings[number] = {"id": number, "text": asked["text"], "key": asked.get("key", "")}
        self.answer(200, greetings[number])

    def do_DELETE(self):
        gone = greetings.pop(int(self.path.rsplit("/", 1)[1]), None)
        self.answer(200 if gone else 404, gone or {"message": "no such greeting"})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Server).serve_forever()
