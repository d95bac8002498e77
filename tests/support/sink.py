"""A target on loopback that keeps what it is sent, byte for byte, and answers as it is told."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Sink:
    """answers: statuses (or (status, headers)) of the next posts; 200 when it runs out. got: (path, headers, body) of
    each.
    """

    def __init__(self):
        sink = self
        self.answers, self.got = [], []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                sink.got.append((self.path, dict(self.headers), self.rfile.read(int(self.headers["Content-Length"]))))
                answer = sink.answers.pop(0) if sink.answers else 200
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        self.address = f"http://127.0.0.1:{self.server.server_port}/services/planted-secret-T0K3N"

    def close(self):
        self.server.shutdown()
        self.server.server_close()
