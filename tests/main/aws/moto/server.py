"""Moto's server for the tests of flowbatch, with what it gets wrong about AWS Batch put right.

    python3 server.py held|docker

It chooses a free port of the loopback, writes it to standard output as a line, and ends when its
standard input ends: with the tests, however they end. `held` are jobs that move only when a test
says so (control.py); `docker` are moto's own, in real containers.

Each test has an account of its own, which it names in the header `x-moto-account-id`.
"""

import json
import os
import sys
import threading

from moto.core.models import default_user_config
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from werkzeug.serving import make_server

import containers
import control
import repairs


class Quiet(MotoRequestHandler):
    """Does not log, and keeps connections open as AWS does."""

    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


class Application:
    """Moto, with the tests' own calls beside it."""

    def __init__(self):
        self.moto = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ, start_response):
        path = environ.get("PATH_INFO", "")
        if not path.startswith("/shim/"):
            return self.moto(environ, start_response)
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        try:
            reply = control.handle(path.removeprefix("/shim/"), json.loads(body))
            status = "200 OK"
        except Exception as error:  # to the test, which fails with it
            reply, status = {"error": repr(error)}, "500 Internal Server Error"
        text = json.dumps(reply).encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(text)))]
        start_response(status, headers)
        return [text]


def end_with_parent():
    sys.stdin.buffer.read()
    containers.kill()
    os._exit(0)


def main():
    # The tests post the same to /moto-api/config; this is what that says if they do not.
    default_user_config["batch"] = {"use_docker": sys.argv[1] == "docker"}
    repairs.install()
    server = make_server("127.0.0.1", 0, Application(), threaded=True, request_handler=Quiet)
    print(server.server_port, flush=True)
    # Nobody reads on: what else is printed goes where errors do.
    os.dup2(2, 1)
    threading.Thread(target=end_with_parent, daemon=True).start()
    server.serve_forever()


main()
