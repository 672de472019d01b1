"""When the daemon stops, dies or reloads while Postfix has a session open: no mail is lost, each client gets an answer it can act on."""

import signal
import unittest

import lib

MESSAGE = b"From: ann@sender.example\r\nSubject: x\r\nMessage-ID: <%b@sender.example>\r\n\r\nHello.\r\n"
ADDRESSES = ("ann@sender.example", "astobes@tailspintoys.com")


def setUpModule():
    global postfix, address
    lib.need_root("Postfix")
    lib.fetch(lib.parts, "postfix")
    address = f"unix:{lib.folder}/socket"  # a name that a later daemon can take again
    postfix = lib.Postfix("--milter", address)


def tearDownModule():
    postfix.stop()


def start(**settings):
    return lib.Daemon({"server": {"socket_mode": "0666"}} | settings, listen=[address])


def stamp(token):
    return lib.values(postfix.delivered(b"<" + token + b"@"), "Authentication-Results")


class Failure(unittest.TestCase):
    def killed_in_mid_message(self, token, code):
        with start() as daemon, postfix.connect() as client:
            client.come_from("192.0.2.10").envelope(*ADDRESSES)
            daemon.stop(signal.SIGKILL)
            client.data(MESSAGE % token, code)

    def test_killed_in_mid_message(self):
        postfix.set("milter_default_action = tempfail")
        self.killed_in_mid_message(b"deferred", "451")
        with start():  # the client comes again
            with postfix.connect() as client:
                client.come_from("192.0.2.10").mail(*ADDRESSES, MESSAGE % b"deferred")
            self.assertEqual(len(stamp(b"deferred")), 1)

    def test_killed_where_postfix_may_accept(self):
        postfix.set("milter_default_action = accept")
        self.killed_in_mid_message(b"unstamped", "250")
        self.assertEqual(stamp(b"unstamped"), [])
        postfix.set("milter_default_action = tempfail")

    def test_not_running(self):
        with postfix.connect() as client:
            client.come_from("192.0.2.10")
            self.assertTrue(client.say(f"MAIL FROM:<{ADDRESSES[0]}>").startswith("451"))

    def test_reload_during_a_session(self):
        with start() as daemon, postfix.connect() as client:
            client.come_from("192.0.2.10").mail(*ADDRESSES, MESSAGE % b"before")
            client.envelope(*ADDRESSES)
            daemon.write({"identity": {"authserv_id": "new.tailspintoys.com"}})
            daemon.reload()
            client.data(MESSAGE % b"during")
            with postfix.connect() as second:
                second.come_from("192.0.2.10").mail(*ADDRESSES, MESSAGE % b"after")
            self.assertTrue(stamp(b"before")[0].startswith("mx.tailspintoys.com;"))
            self.assertTrue(stamp(b"during")[0].startswith("mx.tailspintoys.com;"))
            self.assertTrue(stamp(b"after")[0].startswith("new.tailspintoys.com;"))

    def test_sigterm_lets_the_message_under_way_finish(self):
        with start() as daemon, postfix.connect() as client:
            client.come_from("192.0.2.10").envelope(*ADDRESSES)
            daemon.process.terminate()
            daemon.wait_event("stopping")
            client.data(MESSAGE % b"drained")
            self.assertEqual(len(stamp(b"drained")), 1)
            self.assertEqual(daemon.process.wait(lib.PATIENCE), 0)
            self.assertTrue(client.say(f"MAIL FROM:<{ADDRESSES[0]}>").startswith("451"))

    def test_restart_between_sessions(self):
        for token in (b"one", b"two", b"three"):
            with start(), postfix.connect() as client:
                client.come_from("192.0.2.10").mail(*ADDRESSES, MESSAGE % token)
            self.assertEqual(len(stamp(token)), 1)


if __name__ == "__main__":
    lib.main()
