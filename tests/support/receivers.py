"""Who alerts are told to: a web server and a mail server that keep what they get."""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import List, NamedTuple

from support.waiting import wait_until


class Post(NamedTuple):
    path: str
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


class WebReceiver:
    """Flow: with WebReceiver() as web: … web.url … web.wait(1). `status` is what it answers."""

    def __init__(self):
        self.posts: List[Post] = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.status
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()
                receiver.posts.append(Post(self.path, dict(self.headers), body))

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    def __enter__(self) -> "WebReceiver":
        self.thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.server.shutdown()
        self.server.server_close()

    def wait(self, count: int) -> List[Post]:
        wait_until(lambda: len(self.posts) >= count, f"{count} requests")
        return self.posts


class Mail(NamedTuple):
    sender: str
    recipients: List[str]
    text: str
    encrypted: bool
    user: str


class MailReceiver:
    """aiosmtpd with STARTTLS and, if `password` is given, AUTH."""

    def __init__(self, certificate=None, password: str = ""):
        from aiosmtpd.controller import Controller
        from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

        self.mails: List[Mail] = []
        receiver = self

        class Handler:
            async def handle_DATA(self, server, session, envelope):
                receiver.mails.append(Mail(
                    envelope.mail_from, envelope.rcpt_tos, envelope.content.decode(),
                    session.ssl is not None, str(session.auth_data or "")))
                return "250 OK"

        def authenticate(server, session, envelope, mechanism, data):
            good = isinstance(data, LoginPassword) and data.password == password.encode()
            return AuthResult(success=good, handled=False,
                              auth_data=data.login.decode() if good else None)

        context = None
        if certificate is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(*certificate)

        class OnFreePort(Controller):
            def factory(self):
                return SMTP(self.handler, tls_context=context, hostname="localhost",
                            authenticator=authenticate if password else None,
                            auth_required=bool(password))

            def _trigger_server(self):  # the kernel has picked the port
                self.port = self.server.sockets[0].getsockname()[1]
                super()._trigger_server()

        self.controller = OnFreePort(Handler(), hostname="127.0.0.1", port=0)

    def __enter__(self) -> "MailReceiver":
        self.controller.start()
        self.url = f"smtp://localhost:{self.controller.port}"
        return self

    def __exit__(self, *_) -> None:
        self.controller.stop()

    def wait(self, count: int) -> List[Mail]:
        wait_until(lambda: len(self.mails) >= count, f"{count} mails")
        return self.mails
