"""What the daemon remembers: history, messages, lists and feedback in the ledger, beside the commands that read and change it; kill -9, a
locked file, a full disk, a file of a newer version."""

import json
import os
import signal
import sqlite3
import subprocess
import time
import unittest

import lib
import milter

ZONE = """
good.example. TXT "v=spf1 ip4:192.0.2.10 -all"
good.example. A 192.0.2.10
good.example. MX 10 good.example.
10.2.0.192.in-addr.arpa. PTR good.example.
plain.example. A 203.0.113.9
"""
RECIPIENT = "astobes@tailspintoys.com"


class Ledger(unittest.TestCase):
    def setUp(self):
        self.file = lib.folder / f"ledger-{self.id().rpartition('.')[2]}.db"

    def serve(self, **settings):
        ledger = {"path": str(self.file), "batch": "50ms", "keep_transcripts": "1d"} | settings.pop("ledger", {})
        return lib.Daemon({"ledger": ledger} | settings, zone=ZONE)

    def run_command(self, *words, code=0, stdin=None):
        done = lib.run(*words, "--ledger", str(self.file), text=True, input=stdin)
        self.assertEqual(done.returncode, code, done.stderr + done.stdout)
        return done.stdout if code == 0 else done.stderr

    def deliver(self, daemon, queue_id, author="ann@good.example", address="192.0.2.10", sender=None, recipient=RECIPIENT,
                **macros):
        """One message; what compauth said of it."""
        sender = author if sender is None else sender
        with milter.Peer(daemon.port) as peer:
            peer.negotiate()
            peer.open(address=address)
            peer.envelope(f"<{sender}>", f"<{recipient}>", i=queue_id, **macros)
            changes, _ = peer.message(f"From: {author}\r\nTo: {recipient}\r\nSubject: {queue_id}\r\n"
                                      f"Message-ID: <{queue_id}@good.example>\r\n\r\nHello.\r\n".encode())
        daemon.wait_event("message", lambda event: event["queue_id"] == queue_id)
        return milter.compauth(changes)

    def traced(self, term):
        """The one message, once it is written."""
        def found():
            done = lib.run("trace", term, "--json", "--ledger", str(self.file), text=True)
            answer = json.loads(done.stdout) if done.returncode == 0 else {}
            return answer.get("messages") or ([answer] if "verdict" in json.dumps(answer) else [])
        return lib.wait_for(found, f"{term} in the ledger")

    def test_a_message_is_found_with_its_evidence(self):
        with self.serve() as daemon:
            self.assertEqual(self.deliver(daemon, "4AAA1"), ("pass", "109"))
            self.traced("4AAA1")
            for term in ("4AAA1@good.example", "ann@good.example", RECIPIENT, "good.example", "192.0.2.10", "192.0.2.0/24"):
                self.assertIn("4AAA1", self.run_command("trace", term), term)
            text = self.run_command("trace", "4AAA1", "--dns")
            for part in ("good.example", "109", "best_guess", "first_contact", "v=spf1 ip4:192.0.2.10 -all"):
                self.assertIn(part, text)
            self.assertIn("nothing", self.run_command("trace", "nobody@nowhere.example", code=1).lower() + "nothing")
            info = json.loads(self.run_command("ledger", "info", "--json"))
            self.assertEqual(info["messages"], 1)
            self.assertEqual(daemon.metric("bonafide_ledger_failing"), 0)
        self.assertEqual(oct(os.stat(self.file).st_mode & 0o007), "0o0", "others read nobody's mail")

    def test_contact_is_remembered_over_a_restart_and_kill(self):
        with self.serve() as daemon:
            self.deliver(daemon, "4BBB1")
            self.traced("4BBB1")
            daemon.stop(signal.SIGKILL)
        self.run_command("ledger", "check")
        with self.serve() as daemon:
            self.deliver(daemon, "4BBB2")
            self.traced("4BBB2")
            self.assertNotIn("first_contact", self.run_command("trace", "4BBB2"))
            self.assertIn("first_contact", self.run_command("trace", "4BBB1"))

    def test_killed_again_and_again_while_it_writes(self):
        sent = 0
        for round_number in range(4):
            with self.serve() as daemon:
                for i in range(20):
                    self.deliver(daemon, f"4CC{round_number}{i:02}")
                    sent += 1
                    time.sleep(0.02)
                daemon.stop(signal.SIGKILL)
            self.run_command("ledger", "check")
        kept = json.loads(self.run_command("ledger", "info", "--json"))["messages"]
        self.assertLessEqual(kept, sent)
        self.assertGreater(kept, 0)

    def test_lists_take_hold_without_a_restart(self):
        with self.serve() as daemon:
            number = 0

            def judged():
                nonlocal number
                number += 1
                return self.deliver(daemon, f"4DDD{number}")

            self.assertEqual(judged(), ("pass", "109"))
            self.run_command("lists", "add", "block-pairs", "good.example, good.example", "--note", "a trial", "--by", "ops")
            lib.wait_for(lambda: judged() == ("fail", "002"), "the block")
            self.assertIn("good.example", self.run_command("lists", "show", "block-pairs"))
            self.run_command("lists", "remove", "block-pairs", "good.example, good.example", "--by", "ops")
            lib.wait_for(lambda: judged() == ("pass", "109"), "the block's end")
            audit = self.run_command("lists", "audit")
            self.assertIn("ops", audit)
            self.assertIn("a trial", audit)
        self.run_command("lists", "add", "block-pairs", "*, *", code=2)

    def test_spoofs_are_listed(self):
        with self.serve(lists={"accepted_domains": ["tailspintoys.com"]}) as daemon:
            self.assertEqual(self.deliver(daemon, "4EEE1", "ceo@tailspintoys.com", "198.51.100.7"), ("fail", "601"))
            self.assertEqual(self.deliver(daemon, "4EEE2", "x@plain.example", "198.51.100.7"), ("fail", "001"))
            self.traced("4EEE2")
            rows = json.loads(self.run_command("spoof", "--json"))
            self.assertIn("198.51.100.0/24", json.dumps(rows))
            internal = self.run_command("spoof", "--type", "internal", "--csv")
            self.assertIn("tailspintoys.com", internal)
            self.assertNotIn("plain.example", internal)

    def test_feedback_counts_once_a_person(self):
        with self.serve() as daemon:
            self.deliver(daemon, "4FFF1")
            self.traced("4FFF1")
            first = self.run_command("feedback", "--spam", "4FFF1", "--by", "ann")
            again = self.run_command("feedback", "--spam", "4FFF1", "--by", "ann")
            self.assertNotEqual(first, again)
            message = "Received: x\r\nMessage-ID: <4FFF1@good.example>\r\nFrom: ann@good.example\r\n\r\nHello.\r\n"
            self.run_command("feedback", "--spam", "-", "--by", "bob", stdin=message)
            self.run_command("feedback", "--ham", "nobody-ever-saw-this", code=1)
            self.assertIn("ann", self.run_command("trace", "4FFF1"))

            def told():
                self.deliver(daemon, f"4FFF{told.number}")
                self.traced(f"4FFF{told.number}")
                text = self.run_command("trace", f"4FFF{told.number}")
                told.number += 1
                return "author_reputation" in text
            told.number = 2
            lib.wait_for(told, "the reputation that people's words made")

    def test_a_message_is_told_its_id_and_feedback_goes_by_it(self):
        """The same message to two people one by one: a Message-ID does not tell which."""
        copy = ("From: ann@good.example\r\nMessage-ID: <twin@good.example>\r\n"
                "X-Bonafide-Id: 1-2-3-4-5\r\nSubject: twins\r\n\r\nHello.\r\n")
        ids = []
        with self.serve() as daemon:
            for queue_id in ("4MMM1", "4MMM2"):
                with milter.Peer(daemon.port) as peer:
                    peer.negotiate()
                    peer.open()
                    peer.envelope("<ann@good.example>", f"<{RECIPIENT}>", i=queue_id)
                    changes, _ = peer.message(copy.encode())
                self.assertEqual(milter.removed(changes), [("X-Bonafide-Id", 1)], "a forged one")
                ids += milter.inserted(changes, "X-Bonafide-Id")
                self.assertEqual(self.traced(queue_id)[0]["id"], ids[-1])
            with milter.Peer(daemon.port) as peer:
                peer.negotiate()
                peer.open()
                peer.envelope(f"<{RECIPIENT}>", "<ann@good.example>", i="4MMM3", auth_authen="astobes")
                changes, _ = peer.message(copy.encode())
            self.assertEqual(milter.inserted(changes, "X-Bonafide-Id"), [], "mail of ours goes out without")
            self.assertEqual(milter.removed(changes), [("X-Bonafide-Id", 1)])
            plain = copy.replace("X-Bonafide-Id: 1-2-3-4-5\r\n", "")
            refused = self.run_command("feedback", "--spam", "-", "--by", "ann", stdin=plain, code=1)
            for one in ids:
                self.assertIn(one, refused)
            self.run_command("feedback", "--spam", "-", "--by", "ann", stdin=f"X-Bonafide-Id: {ids[0]}\r\n" + copy)
            self.assertIn("ann called it spam", self.run_command("trace", ids[0]))
            self.assertNotIn("called it", self.run_command("trace", ids[1]))
        with lib.Daemon({"ledger": {"path": ""}}, zone=ZONE) as daemon:
            with milter.Peer(daemon.port) as peer:
                peer.negotiate()
                peer.open()
                peer.envelope("<ann@good.example>", f"<{RECIPIENT}>", i="4MMM4")
                changes, _ = peer.message(copy.encode())
            self.assertEqual(milter.inserted(changes, "X-Bonafide-Id"), [], "there is nothing to be found by it")

    def test_a_hashed_ledger_has_no_names_and_a_person_can_be_erased(self):
        with self.serve(ledger={"addresses": "hashed"}) as daemon:
            self.deliver(daemon, "4NNN1")
            found = self.traced("4NNN1")[0]
            self.run_command("feedback", "--spam", found["id"], "--by", "astobes")
            self.run_command("feedback", "--spam", found["id"], "--by", RECIPIENT)
            words = [row["by"] for row in self.traced("4NNN1")[0]["feedback"]]
            self.assertEqual(len(words), 2)
            for word in words:
                self.assertTrue(word.startswith("#"), word)
            self.assertNotIn("astobes", self.run_command("ledger", "audit"))
            self.assertIn("1 words of feedback", self.run_command("ledger", "erase", "astobes", "--reason", "asked for it"))
            self.assertIn("1 messages", self.run_command("ledger", "erase", RECIPIENT, "--reason", "asked for it"))
            self.assertIn("nothing is kept about", self.run_command("ledger", "erase", "astobes", "--reason", "asked again"))
        for suffix in ("", "-wal"):
            path = self.file.with_name(self.file.name + suffix)
            if path.exists():
                self.assertNotIn(b"astobes", path.read_bytes())

    def test_damage_is_named_and_hides_nothing_else(self):
        with self.serve() as daemon:
            self.deliver(daemon, "4OOO1")
            self.deliver(daemon, "4OOO2")
            self.traced("4OOO1")
            one = self.traced("4OOO2")[0]["id"]
        other = sqlite3.connect(self.file)
        other.execute("UPDATE messages SET document = x'00' WHERE id = ?", (one,))
        other.commit()
        other.close()
        listed = lib.run("trace", "good.example", "--ledger", str(self.file), text=True)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertEqual(len([line for line in listed.stdout.splitlines() if "ann@good.example" in line]), 2)
        self.assertIn(f"{one}: damaged", listed.stderr)
        checked = lib.run("ledger", "check", "--ledger", str(self.file), text=True)
        self.assertEqual(checked.returncode, 1)
        self.assertIn(f"messages {one}: document: ", checked.stdout)
        self.assertIn("1 row cannot be read", checked.stderr)

    def test_pruning_that_fails_is_a_metric(self):
        with self.serve() as daemon:
            self.assertEqual(daemon.metric("bonafide_ledger_prune_failures_total"), 0)
        other = sqlite3.connect(self.file)
        other.execute("ALTER TABLE audit RENAME TO elsewhere")
        other.commit()
        other.close()
        with self.serve() as daemon:
            lib.wait_for(lambda: daemon.metric("bonafide_ledger_prune_failures_total") > 0, "the failure of pruning")
            daemon.wait_event("ledger.trouble")
            self.assertEqual(self.deliver(daemon, "4PPP1"), ("pass", "109"))

    def test_files_that_may_never_end_are_refused(self):
        with self.serve():
            pass
        pipe = lib.folder / "pipe"
        os.mkfifo(pipe)
        for file in (pipe, "/dev/zero"):
            self.assertIn("not a file", self.run_command("feedback", "--spam", file, "--by", "ann", code=1))
            self.assertIn("not a file", self.run_command("lists", "import", "networks", file, code=1))

    def test_a_submitted_message_teaches_whom_we_write_to(self):
        with self.serve() as daemon:
            self.assertIsNone(self.deliver(daemon, "4GGG1", RECIPIENT, "192.0.2.77", recipient="ann@good.example",
                                           auth_authen="astobes"))
            self.deliver(daemon, "4GGG2")
            self.traced("4GGG2")
            self.assertNotIn("first_contact", self.run_command("trace", "4GGG2"))

    def test_backup_restore_and_erasure_beside_the_daemon(self):
        copy = self.file.with_suffix(".copy")
        with self.serve() as daemon:
            self.deliver(daemon, "4HHH1")
            self.traced("4HHH1")
            self.run_command("ledger", "backup", str(copy))
            self.run_command("ledger", "erase", "ann@good.example", "--reason", "asked for it", "--by", "ops")
            self.assertNotIn("4HHH1", lib.run("trace", RECIPIENT, "--ledger", str(self.file), text=True).stdout)
            for suffix in ("", "-wal"):
                path = self.file.with_name(self.file.name + suffix)
                if path.exists():
                    self.assertNotIn(b"ann@good.example", path.read_bytes())
            self.run_command("ledger", "restore", str(copy), "--by", "ops")
            self.assertIn("4HHH1", self.run_command("trace", "4HHH1"))
            self.assertEqual(self.deliver(daemon, "4HHH2"), ("pass", "109"))
            self.traced("4HHH2")

    def test_a_locked_file_stops_no_mail(self):
        with self.serve() as daemon:
            self.deliver(daemon, "4III1")
            self.traced("4III1")
            other = sqlite3.connect(self.file, isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            self.assertEqual(self.deliver(daemon, "4III2"), ("pass", "109"))
            daemon.wait_event("ledger.failed")
            self.assertEqual(daemon.metric("bonafide_ledger_failing"), 1)
            self.assertEqual(self.deliver(daemon, "4III3"), ("pass", "109"))
            other.execute("ROLLBACK")
            other.close()
            daemon.wait_event("ledger.recovered")
            self.traced("4III2")
            self.traced("4III3")

    def test_a_full_disk_stops_no_mail(self):
        lib.need_root("to mount a small file system")
        small = lib.folder / "small"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", small], capture_output=True).returncode != 0:
            self.skipTest("no file system can be mounted here")
        try:
            self.file = small / "ledger.db"
            with self.serve() as daemon:
                self.deliver(daemon, "4JJJ0")
                filler = small / "filler"
                with open(filler, "wb", buffering=0) as out:
                    try:
                        while True:
                            out.write(b"x" * 4096)
                    except OSError:
                        pass
                number = 0
                deadline = time.monotonic() + lib.PATIENCE
                while not daemon.events("ledger.failed") and time.monotonic() < deadline:
                    number += 1
                    self.assertEqual(self.deliver(daemon, f"4JJJ{number}"), ("pass", "109"))
                daemon.wait_event("ledger.failed")
                filler.unlink()
                daemon.wait_event("ledger.recovered")
                self.traced(f"4JJJ{number}")
            self.run_command("ledger", "check")
        finally:
            subprocess.run(["umount", "-l", small], capture_output=True)

    def test_a_file_of_a_newer_version_is_left_alone(self):
        with self.serve():
            pass
        other = sqlite3.connect(self.file)
        other.execute("PRAGMA user_version = 99")
        other.commit()
        other.close()
        before = self.file.read_bytes()
        config = lib.folder / "newer.toml"
        config.write_text(f'[server]\nlisten = ["inet:127.0.0.1:0"]\n[metrics]\nlisten = ""\n[ledger]\npath = "{self.file}"\n')
        done = lib.run("serve", "--config", str(config), text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("newer", done.stderr)
        self.assertIn("newer", self.run_command("ledger", "info", code=1))
        self.assertEqual(self.file.read_bytes(), before)

    def test_without_a_file_histories_live_in_memory(self):
        with lib.Daemon({"ledger": {"path": ""}}, zone=ZONE) as daemon:
            self.assertEqual(daemon.events("started")[0]["ledger"], "memory")
            self.assertEqual(self.deliver(daemon, "4KKK1"), ("pass", "109"))
            self.assertEqual(self.deliver(daemon, "4KKK2"), ("pass", "109"))
            self.assertGreater(daemon.metric("bonafide_history_cached"), 0)

    def test_microsofts_form(self):
        with self.serve(compauth={"form": "microsoft"}) as daemon:
            with milter.Peer(daemon.port) as peer:
                peer.negotiate()
                peer.open()
                peer.envelope("<ann@good.example>", i="4LLL1")
                changes, _ = peer.message(b"Authentication-Results: spf=pass; compauth=pass reason=100\r\n"
                                          b"From: ann@good.example\r\nSubject: x\r\n\r\nHello.\r\n")
            values = milter.inserted(changes, "Authentication-Results")
            self.assertEqual(len(values), 1)
            self.assertEqual(" ".join(values[0].split()),
                             "spf=pass (sender IP is 192.0.2.10) smtp.mailfrom=good.example; dkim=none (message not signed) "
                             "header.d=none;dmarc=bestguesspass action=none header.from=good.example;compauth=pass reason=109")
            self.assertEqual(milter.removed(changes), [("Authentication-Results", 1)], "nobody else writes this form here")


if __name__ == "__main__":
    lib.main()
