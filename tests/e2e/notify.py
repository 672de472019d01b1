"""Rules that say notify: the message arrives at a mail server, the second within the interval is held back, and no notice causes another."""

import copy
import email
import email.policy
import socket
import unittest

import lib
import milter
import sink

ZONE = """
sender.example.        TXT "v=spf1 ip4:192.0.2.10 -all"
"""
MESSAGE = (b"From: Ann <ann@sender.example>\r\nTo: astobes@tailspintoys.com\r\nSubject: =?utf-8?Q?Gr=C3=B6=C3=9Fe?=\r\n"
           b"Message-ID: <notify@sender.example>\r\n\r\nHello.\r\n")
CONTINUE, ACCEPT, REPLY = "c", "a", "y"


class Sink(sink.Sink):
    def wait(self, count):
        lib.wait_for(lambda: len(self.mails) >= count, f"{count} notices")
        return [email.message_from_bytes(mail[2], policy=email.policy.default) for mail in self.mails]


def rule(name, when, *then, **more):
    return {"name": name, "when": when, "then": list(then)} | more


class Notify(unittest.TestCase):
    def setUp(self):
        self.sink = Sink()
        self.addCleanup(self.sink.listener.close)

    def daemon(self, *rules, interval="15m", **settings):
        notify = {"smtp": f"127.0.0.1:{self.sink.port}", "interval": interval, "from": "bonafide@tailspintoys.com"}
        daemon = lib.Daemon({"notify": notify, "rule": list(rules)} | settings, ZONE)
        self.addCleanup(daemon.stop)
        return daemon

    @staticmethod
    def send(daemon, sender="<ann@sender.example>", address="192.0.2.77", message=MESSAGE, **names):
        """The letter of the daemon's last answer."""
        with milter.Peer(daemon.port) as peer:
            peer.negotiate()
            peer.open(address=address)
            peer.send(milter.macros("M", i="4bX0Yz", **names))
            answer = peer.tell(milter.mail(sender))
            if answer != CONTINUE:
                return answer
            assert peer.tell(milter.rcpt()) in (None, CONTINUE)
            assert peer.tell(milter.DATA) in (None, CONTINUE)
            return peer.message(message)[1]

    def counted(self, daemon, result):
        return daemon.metric(f'bonafide_notices_total{{result="{result}"}}')

    def test_a_message_arrives_and_the_second_is_held_back(self):
        daemon = self.daemon(rule("spoof", "spf.result is fail", "notify ann@tailspintoys.com", "reject 550 5.7.23 no"))
        for _ in range(3):
            self.assertIn(self.send(daemon), ACCEPT + CONTINUE)  # monitor mode: nothing is refused
        notice, = self.sink.wait(1)
        self.assertTrue(self.sink.mails[0][0].startswith("MAIL FROM:<> SIZE="), self.sink.mails[0][0])
        self.assertEqual(self.sink.mails[0][1], ["RCPT TO:<ann@tailspintoys.com>"])
        self.assertEqual(notice["From"], "Bonafide <bonafide@tailspintoys.com>")
        self.assertEqual(notice["To"], "ann@tailspintoys.com")
        self.assertEqual(notice["Auto-Submitted"], "auto-generated")
        self.assertEqual(notice["Subject"], "[Bonafide] spoof: mail of ann@sender.example was accepted")
        text = notice.get_content()
        for line in ('The rule "spoof" held for mail of ann@sender.example to astobes@tailspintoys.com, which was accepted.',
                     "Client:        192.0.2.77 (mail.sender.example)", "Subject:       Größe", "SPF:           fail (sender.example)",
                     "Would have:    rule spoof: reject 550 5.7.23 no", "Queue id:      4bX0Yz"):
            self.assertIn(line + "\n", text.replace("\r\n", "\n"))
        lib.wait_for(lambda: self.counted(daemon, "held") == 2, "the two that are held back")
        self.assertEqual(daemon.wait_event("notice.sent")["to"], "ann@tailspintoys.com")
        self.assertEqual(len(self.sink.mails), 1)

    def test_a_refusal_and_those_held_back_before(self):
        daemon = self.daemon(rule("spoof", "spf.result is fail", "notify ann@tailspintoys.com", "reject 550 5.7.23 no"),
                             interval="1s", mode="enforce")
        for _ in range(3):
            self.assertEqual(self.send(daemon), REPLY)
        self.sink.wait(1)

        def again():
            self.send(daemon)
            return len(self.sink.mails) > 1
        lib.wait_for(again, "the next notice")
        first, second = self.sink.wait(2)[:2]
        self.assertIn("which was refused at MAIL FROM.", first.get_content())
        self.assertIn("Reply:         550 5.7.23 no", first.get_content())
        self.assertRegex(second.get_content(), r"\d+ more of this rule since .* not told of")

    def test_no_notice_about_a_notice(self):
        daemon = self.daemon(rule("all", 'helo is not ""', "notify ann@tailspintoys.com"), interval="0s")
        self.send(daemon)
        self.sink.wait(1)
        notice = self.sink.mails[0][2]
        self.send(daemon, sender="<>", message=notice)  # as it comes back through our own server
        self.send(daemon, sender="<list@sender.example>", message=notice)  # through a mailing list
        self.send(daemon, auth_authen="ann")  # mail of a user of ours
        self.send(daemon)
        self.sink.wait(2)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(len(self.sink.mails), 2)

    def test_a_server_that_says_no_or_is_not_there(self):
        daemon = self.daemon(rule("all", 'helo is not ""', "notify ann@tailspintoys.com"), interval="0s")
        self.sink.refusal = "550 5.1.1 unknown"
        self.assertIn(self.send(daemon), ACCEPT + CONTINUE)
        failed = daemon.wait_event("notice.failed")
        self.assertIn("550 5.1.1 unknown", failed["why"])
        self.sink.refusal = "450 4.2.1 later"
        self.send(daemon)
        self.assertIn("450 4.2.1 later", daemon.wait_event("notice.delayed")["why"])
        self.assertEqual(self.counted(daemon, "failed"), 1)
        self.sink.refusal = None
        self.assertEqual(daemon.stop(), 0)  # what waits is tried once more
        self.assertEqual(len(self.sink.mails), 1)
        self.assertEqual(daemon.events("notices.lost"), [])

    def test_the_end_does_not_wait_for_a_silent_server(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:  # connects, and says nothing
            self.sink.port = silent.getsockname()[1]
            daemon = self.daemon(rule("all", 'helo is not ""', "notify ann@tailspintoys.com"), interval="0s")
            self.send(daemon)
            self.send(daemon)
            self.assertEqual(daemon.stop(patience=15), 0)
            self.assertEqual(daemon.events("notices.lost")[-1]["count"], 2)

    def test_a_reload_switches_it_off_and_on(self):
        daemon = self.daemon(rule("all", 'helo is not ""', "notify ann@tailspintoys.com"), interval="0s")
        on = copy.deepcopy(daemon.settings["notify"])
        daemon.settings["server"]["listen"] = daemon.addresses
        daemon.write({"notify": {"smtp": ""}})
        daemon.reload()
        self.send(daemon)
        daemon.write({"notify": on})
        daemon.reload()
        self.send(daemon)
        self.sink.wait(1)
        self.assertEqual(daemon.stop(), 0)
        self.assertEqual(len(self.sink.mails), 1)


if __name__ == "__main__":
    lib.main()
