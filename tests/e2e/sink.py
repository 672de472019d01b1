"""A mail server for tests that takes what others send."""

import socket
import threading


class Sink:
    """A mail server that takes everything, one client at a time, or answers RCPT with `refusal` where its line holds `refused`."""

    def __init__(self):
        self.refusal, self.refused = None, ""
        self.mails = []  # (MAIL FROM line, RCPT TO lines, message)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as stream:
                try:
                    self.talk(stream)
                except OSError:
                    pass

    def talk(self, stream):
        def say(text):
            stream.write(text.encode() + b"\r\n")
            stream.flush()

        say("220 sink.example ESMTP")
        sender, recipients = None, []
        for line in stream:
            line = line.decode("latin-1").strip()
            verb = line[:4].upper()
            if verb == "EHLO":
                say("250-sink.example\r\n250-SIZE 1000000\r\n250 8BITMIME")
            elif verb == "MAIL":
                sender = line
                say("250 ok")
            elif verb == "RCPT":
                recipients.append(line)
                say(self.refusal if self.refusal and self.refused in line else "250 ok")
            elif verb == "DATA":
                say("354 go on")
                text = b""
                for part in stream:
                    if part == b".\r\n":
                        break
                    text += part[1:] if part.startswith(b".") else part
                self.mails.append((sender, recipients, text))
                say("250 2.0.0 taken")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("500 what?")
