"""Greylisting through a real Postfix, at the limits of its times: libfaketime moves the daemon's wall clock between the attempts."""

import unittest

import lib

ZONE = """
sender.example.   TXT "v=spf1 ip4:192.0.2.10 ip4:203.0.113.9 -all"
none.example.     A 203.0.113.1
"""
RECIPIENT = "astobes@tailspintoys.com"
MINUTE, HOUR, DAY = 60, 3600, 86400
DELAY, UNVERIFIED, VERIFIED = 5 * MINUTE, 4 * HOUR, 36 * DAY
PUT_OFF, TAKEN = "451 4.7.1", "250"


def setUpModule():
    global daemon, postfix, clock
    lib.need_root("Postfix")
    clock = lib.Clock()
    lib.fetch(lib.parts, "postfix")
    daemon = lib.Daemon({"mode": "enforce", "ledger": {"path": str(lib.folder / "ledger.db")},
                         "greylist": {"enabled": True, "delay": f"{DELAY}s", "unverified_expiry": f"{UNVERIFIED}s",
                                      "verified_expiry": f"{VERIFIED}s", "known_after": 0}}, ZONE, environment=clock.environment)
    postfix = lib.Postfix("--milter", daemon.addresses[0])


def tearDownModule():
    postfix.stop()
    daemon.stop()


class Greylisting(unittest.TestCase):
    count = 0

    def attempt(self, sender, address, recipients=(RECIPIENT,)):
        """The reply to a whole message, as far as it decides."""
        Greylisting.count += 1
        message = f"From: <{sender}>\r\nSubject: x\r\nMessage-ID: <grey-{Greylisting.count}@sender.example>\r\n\r\nHello.\r\n"
        with postfix.connect() as client:
            client.come_from(address)
            client.envelope(sender, *recipients)
            client.say("DATA", "354")
            client.send(message.encode() + b".\r\n")
            reply = client.reply()
        return reply[:9] if reply.startswith("4") else reply[:3]

    def logged(self):
        return daemon.events("message")[-1]["greylist"]

    def test_the_delay(self):
        sender, address = "delay@none.example", "192.0.2.50"
        self.assertEqual(self.attempt(sender, address), PUT_OFF)
        self.assertIn("300 s", self.logged(), "the time that is left")
        clock.wait(DELAY - 10)
        self.assertEqual(self.attempt(sender, address), PUT_OFF, "within the delay, counted from the first attempt")
        clock.wait(15)
        self.assertEqual(self.attempt(sender, "192.0.2.51"), TAKEN, "behind it, from the same network")
        self.assertTrue(self.logged().startswith("Verified"), self.logged())
        self.assertEqual(self.attempt(sender, "198.51.100.1"), PUT_OFF, "another network")
        self.assertEqual(self.attempt(sender, address, ("bob@tailspintoys.com",)), PUT_OFF, "another recipient")

    def test_who_comes_too_late_begins_anew(self):
        sender, address = "late@none.example", "192.0.2.60"
        self.assertEqual(self.attempt(sender, address), PUT_OFF)
        clock.wait(UNVERIFIED + 10)
        self.assertEqual(self.attempt(sender, address), PUT_OFF)
        clock.wait(DELAY + 5)
        self.assertEqual(self.attempt(sender, address), TAKEN)

    def test_who_is_verified_stays_so_and_is_forgotten(self):
        sender, address = "verified@none.example", "192.0.2.70"
        self.assertEqual(self.attempt(sender, address), PUT_OFF)
        clock.wait(DELAY + 5)
        self.assertEqual(self.attempt(sender, address), TAKEN)
        clock.wait(VERIFIED - HOUR)
        self.assertEqual(self.attempt(sender, address), TAKEN, "and counts anew from here")
        clock.wait(VERIFIED - HOUR)
        self.assertEqual(self.attempt(sender, address), TAKEN)
        clock.wait(VERIFIED + HOUR)
        self.assertEqual(self.attempt(sender, address), PUT_OFF)

    def test_a_clock_set_back_locks_nobody_out(self):
        sender, address = "back@none.example", "192.0.2.80"
        self.assertEqual(self.attempt(sender, address), PUT_OFF)
        clock.wait(-DAY)
        self.assertEqual(self.attempt(sender, address), PUT_OFF)
        clock.wait(DELAY + 5)
        self.assertEqual(self.attempt(sender, address), TAKEN)

    def test_an_authenticated_domain_is_known_wherever_it_comes_from(self):
        listed = lambda: b"sender.example" in lib.run("greylist", "list", "--config", daemon.config).stdout
        self.assertEqual(self.attempt("ann@sender.example", "192.0.2.10"), PUT_OFF)
        lib.wait_for(listed, "the row of sender.example")
        clock.wait(DELAY + 5)
        self.assertEqual(self.attempt("ann@sender.example", "203.0.113.9"), TAKEN)
        done = lib.run("greylist", "forget", "--client", "sender.example", "--config", daemon.config)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertFalse(listed())


if __name__ == "__main__":
    lib.main()
