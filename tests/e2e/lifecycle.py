"""The daemon as a process: start and what keeps it from starting, signals, reload, log, pid file, sockets, metrics, service manager."""

import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import tempfile
import time
import unittest

import lib
import milter

MESSAGE = b"From: ann@sender.example\r\nTo: b@tailspintoys.com\r\nSubject: x\r\n\r\nHello.\r\n"


def deliver(port):
    """One message of a well-behaved MTA; the Authentication-Results value."""
    with milter.Peer(port) as peer:
        peer.negotiate()
        peer.open()
        peer.envelope(i="4ABC")
        changes, _ = peer.message(MESSAGE)
    return milter.inserted(changes, "Authentication-Results")[0]


class CommandLine(unittest.TestCase):
    def commands(self):
        text = lib.run("--help", text=True).stdout
        return re.findall(r"^  ([a-z][a-z-]*(?: [a-z-]+)?)(?:  |$)", text, re.M)

    def test_help_of_every_command_shows_an_example(self):
        commands = self.commands()
        self.assertIn("serve", commands)
        for command in commands:
            with self.subTest(command):
                done = lib.run(*command.split(), "--help", text=True)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertRegex(done.stdout, r"Examples?:")
                self.assertIn(f"bonafide {command}", done.stdout)

    def test_usage_errors(self):
        for arguments in (["nonsense"], ["serve", "--nonsense"], ["serve", "extra"], ["verify"], ["spf"], ["serve", "--config"]):
            with self.subTest(arguments):
                done = lib.run(*arguments, text=True)
                self.assertEqual((done.returncode, done.stdout), (2, ""))
                self.assertTrue(done.stderr.startswith("bonafide"), done.stderr)


class Refusals(unittest.TestCase):
    """`serve` that cannot: exit 1 and one line that names the culprit."""

    def refused(self, *expected, arguments=(), **settings):
        config = lib.folder / "refused.toml"
        zone = lib.folder / "refused.zone"
        zone.write_text("a.example. 60 A 192.0.2.1\n")
        base = {"server": {"listen": ["inet:127.0.0.1:0"]}, "dns": {"zone": str(zone)}, "metrics": {"listen": ""}}
        for section, values in settings.items():
            base.setdefault(section, {}).update(values)
        config.write_text(lib.toml(base))
        done = lib.run("serve", *(arguments or ("--config", config)), text=True)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for text in expected:
            self.assertIn(text, done.stderr)

    def test_configuration_errors(self):
        self.refused(":3:1: ", "server.listne", "did you mean server.listen?", server={"listne": ["inet:127.0.0.1:0"]})
        self.refused("threads", server={"threads": "two"})
        self.refused("socket_mode", server={"socket_mode": "0999"})
        self.refused("idle_timeout", server={"idle_timeout": "0s"})
        self.refused("refused.toml:", ":7:2: ", nonsense={"a": 1})

    def test_files(self):
        self.refused("nowhere.toml", arguments=("--config", lib.folder / "nowhere.toml"))
        self.refused("Is a directory", arguments=("--config", lib.folder))
        self.refused("nowhere.zone", dns={"zone": str(lib.folder / "nowhere.zone")})
        self.refused("log.target", "nowhere", log={"target": str(lib.folder / "nowhere/log")})
        self.refused("server.pid_file", "nowhere", server={"pid_file": str(lib.folder / "nowhere/pid")})
        broken = lib.folder / "broken.zone"
        broken.write_text("a.example. 60 A 192.0.2.1\nb.example. 60 A nonsense\n")
        self.refused("broken.zone", "2", dns={"zone": str(broken)})
        self.refused("refused.toml:", "dmarc.public_suffix_list", "nowhere.psl",
                     dmarc={"public_suffix_list": str(lib.folder / "nowhere.psl")})

    def test_unreadable_configuration(self):
        unreadable = lib.folder / "unreadable.toml"
        unreadable.write_text("")
        unreadable.chmod(0)
        if os.geteuid() == 0:
            self.skipTest("root reads everything")
        self.refused("unreadable.toml", arguments=("--config", unreadable))

    def test_addresses(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.refused(str(port), "in use", server={"listen": [f"inet:127.0.0.1:{port}"]})
            self.refused(str(port), "in use", metrics={"listen": f"127.0.0.1:{port}"})
        self.refused("192.0.2.1", server={"listen": ["inet:192.0.2.1:8899"]})
        self.refused("nowhere", server={"listen": [f"unix:{lib.folder}/nowhere/socket"]})
        plain = lib.folder / "plain-file"
        plain.write_text("precious")
        self.refused("plain-file", server={"listen": [f"unix:{plain}"]})
        self.assertEqual(plain.read_text(), "precious")
        self.refused("x" * 200, server={"listen": ["unix:/tmp/" + "x" * 200]})


class Running(unittest.TestCase):
    def test_sigterm_and_interrupt_end_it(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            daemon = lib.Daemon()
            deliver(daemon.port)
            self.assertEqual(daemon.stop(number, 5), 0)
            self.assertEqual([event["event"] for event in daemon.events()][-2:], ["stopping", "stopped"])

    def test_no_root_needed(self):
        if os.geteuid() != 0:
            self.skipTest("the other tests show it already")
        work = lib.folder / "no-root"
        work.mkdir()
        os.chown(work, 65534, 65534)
        (work / "zone").write_text("a.example. 60 A 192.0.2.1\n")
        (work / "bonafide.toml").write_text(lib.toml({
            "server": {"listen": ["inet:127.0.0.1:0", f"unix:{work}/socket"], "pid_file": f"{work}/pid"},
            "dns": {"zone": f"{work}/zone"}, "metrics": {"listen": "127.0.0.1:0"},
            "log": {"target": f"{work}/log", "format": "json"}}))
        with open(lib.bonafide, "rb") as binary:  # the build folder may be closed to others
            (work / "bonafide").write_bytes(binary.read())
        (work / "bonafide").chmod(0o755)
        process = subprocess.Popen([work / "bonafide", "serve", "--config", work / "bonafide.toml"],
                                   user=65534, group=65534, extra_groups=[], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            lib.wait_for(lambda: (work / "log").exists() and "started" in (work / "log").read_text(), "the start without root")
            self.assertIn("mx", deliver(str(work / "socket")) + "mx")
            self.assertEqual(int((work / "pid").read_text()), process.pid)
        finally:
            process.terminate()
            self.assertEqual(process.wait(10), 0, process.stderr.read())
            process.stderr.close()
        self.assertFalse((work / "pid").exists())
        self.assertFalse((work / "socket").exists())

    def test_pid_file(self):
        pid_file = lib.folder / "pid"
        pid_file.write_text("1 an older one, longer than the new\n")
        with lib.Daemon({"server": {"pid_file": str(pid_file)}}) as daemon:
            self.assertEqual(pid_file.read_text(), f"{daemon.process.pid}\n")
        self.assertFalse(pid_file.exists())

    def test_metrics_and_health(self):
        with lib.Daemon() as daemon:
            for _ in range(3):
                deliver(daemon.port)
            self.assertEqual(daemon.get("/healthz"), "ok\n")
            daemon.wait_event("message")
            lib.wait_for(lambda: daemon.metric("bonafide_milter_connections") == 0, "no connection")
            for name, value in {'bonafide_messages_total{direction="inbound"}': 3, 'bonafide_spf_results_total{result="none"}': 3,
                                'bonafide_dkim_results_total{result="none"}': 3, 'bonafide_dmarc_results_total{result="none"}': 3,
                                'bonafide_decisions_total{action="accept"}': 3, "bonafide_messages_aborted_total": 0,
                                "bonafide_milter_accepted_total": 3, "bonafide_body_bytes_total": 24,
                                "bonafide_verdict_wait_seconds_count": 3}.items():
                self.assertEqual(daemon.metric(name), value, name)
            for line in daemon.get("/metrics").splitlines():
                self.assertRegex(line, r'^(# (HELP|TYPE) bonafide_\w+ .+|bonafide_\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? \S+)$')
            with self.assertRaises(lib.urllib.error.HTTPError) as missing:
                daemon.get("/nowhere")
            self.assertEqual(missing.exception.code, 404)
            missing.exception.close()

    def test_a_silent_resolver_costs_one_time_limit_and_is_counted(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
            silent.bind(("127.0.0.1", 0))
            dns = {"zone": "", "servers": [f"127.0.0.1@{silent.getsockname()[1]}"], "dnssec": False,
                   "timeout": "700ms", "message_timeout": "1s"}
            with lib.Daemon({"dns": dns}) as daemon:
                start = time.monotonic()
                deliver(daemon.port)
                self.assertLess(time.monotonic() - start, 2.5)
                event = daemon.wait_event("message")
                self.assertEqual([event[name] for name in ("spf", "dmarc", "iprev", "unchecked")],
                                 ["temperror", "temperror", "temperror", "dns"])
                queries, timeouts = (daemon.metric(f"bonafide_dns_{name}_total") for name in ("queries", "timeouts"))
                self.assertGreaterEqual(queries, 3)
                self.assertGreaterEqual(timeouts, 2)
                self.assertEqual(daemon.metric('bonafide_dns_validation{state="off"}'), 2)
                daemon.write({"dns": {"timeout": "600ms"}})
                daemon.reload()  # new resolvers; what the old ones counted stays
                self.assertGreaterEqual(daemon.metric("bonafide_dns_queries_total"), queries)
                self.assertGreaterEqual(daemon.metric("bonafide_dns_timeouts_total"), timeouts)
                self.assertEqual(daemon.metric("bonafide_internal_errors_total"), 0)

    def test_an_aborted_message_is_counted_once(self):
        with lib.Daemon() as daemon:
            with milter.Peer(daemon.port) as peer:
                peer.negotiate()
                peer.open()
                peer.envelope()
                peer.send(milter.ABORT)
                peer.envelope()
                peer.message(MESSAGE)
            lib.wait_for(lambda: daemon.metric("bonafide_milter_connections") == 0, "the end of the connection")
            self.assertEqual((daemon.metric("bonafide_messages_aborted_total"),
                              daemon.metric('bonafide_messages_total{direction="inbound"}')), (1, 1))

    def test_log_line_of_a_message(self):
        with lib.Daemon(zone="sender.example. 60 TXT \"v=spf1 ip4:192.0.2.10 -all\"\n") as daemon:
            deliver(daemon.port)
            event = daemon.wait_event("message")
            for name, value in {"level": "info", "queue_id": "4ABC", "direction": "inbound", "client": "192.0.2.10",
                                "helo": "client.example", "mail_from": "ann@sender.example", "rcpt": "astobes@tailspintoys.com",
                                "from": "sender.example", "spf": "pass", "dkim": "none", "dmarc": "none", "iprev": "permerror",
                                "decision": "accept", "bytes": 8}.items():
                self.assertEqual(event[name], value, name)
            self.assertRegex(event["time"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
            self.assertIn("sender.example", event["why"])
            for name in ("waited_us", "lasted_us", "dns"):
                self.assertGreaterEqual(event[name], 0)

    def test_hostile_text_in_the_log_stays_on_its_line(self):
        with lib.Daemon() as daemon:
            with milter.Peer(daemon.port) as peer:
                peer.negotiate()
                peer.open(helo_name='evil" event="forged\n2026 info x\x1b[31m')
                peer.envelope(b'<"\xff\n{"event":"forged"}\\"@sender.example>')
                peer.message(MESSAGE)
            daemon.wait_event("message")
            self.assertEqual([event["event"] for event in daemon.events() if event["level"] == "info"], ["started", "message"])

    def test_text_log(self):
        log = lib.folder / "text-log"
        config = lib.folder / "text.toml"
        config.write_text(lib.toml({"server": {"listen": ["inet:127.0.0.1:0"]}, "metrics": {"listen": ""},
                                    "dns": {"zone": str(lib.folder / "text.zone")}, "log": {"target": str(log)}}))
        (lib.folder / "text.zone").write_text("a.example. 60 A 192.0.2.1\n")
        process = subprocess.Popen([lib.bonafide, "serve", "--config", config])
        try:
            line = lib.wait_for(lambda: log.exists() and re.search(r".* started .*\n", log.read_text()), "the start").group()
            port = int(re.search(r"listen=inet:127\.0\.0\.1:(\d+)", line).group(1))
            deliver(port)
            text = lib.wait_for(lambda: re.search(r".* message .*\n", log.read_text()), "the line of the message").group()
        finally:
            process.terminate()
            self.assertEqual(process.wait(10), 0)
        self.assertRegex(text, r"^\d{4}-\d\d-\d\dT[\d:.]+Z info message id=\S+ queue_id=4ABC direction=inbound client=192\.0\.2\.10 ")

    def test_log_rotation(self):
        with lib.Daemon() as daemon:
            deliver(daemon.port)
            daemon.wait_event("message")
            old = daemon.log.rename(daemon.folder / "log.1")
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_event("reloaded")
            deliver(daemon.port)
            daemon.wait_event("message")
            self.assertEqual(old.read_text().count('"event":"message"'), 1)

    def test_reload_keeps_connections_and_counts_for_the_next(self):
        with lib.Daemon() as daemon, milter.Peer(daemon.port) as peer:
            peer.negotiate()
            peer.open()
            peer.envelope()
            daemon.write({"identity": {"authserv_id": "new.tailspintoys.com"}}, 'sender.example. 60 TXT "v=spf1 ip4:192.0.2.10 -all"\n')
            daemon.reload()
            changes, _ = peer.message(MESSAGE)
            self.assertTrue(milter.inserted(changes, "Authentication-Results")[0].startswith("mx.tailspintoys.com;"))
            value = deliver(daemon.port)
            self.assertTrue(value.startswith("new.tailspintoys.com;"))
            self.assertEqual(lib.verdict(value)["spf"], "pass")

    def test_a_reload_that_fails_changes_nothing(self):
        with lib.Daemon() as daemon:
            for wrong in ('[server]\nlistne = ["inet:127.0.0.1:0"]\n', "not toml at all ["):
                before = len(daemon.events("reload.failed"))
                daemon.config.write_text(wrong)
                daemon.process.send_signal(signal.SIGHUP)
                lib.wait_for(lambda: len(daemon.events("reload.failed")) > before, "the refusal")
                self.assertIn("bonafide.toml:", daemon.events("reload.failed")[-1]["why"])
                self.assertTrue(deliver(daemon.port).startswith("mx.tailspintoys.com;"))

    def test_drain_lets_a_message_finish(self):
        daemon = lib.Daemon()
        with milter.Peer(daemon.port) as peer, milter.Peer(daemon.port) as idle:
            idle.negotiate()
            peer.negotiate()
            peer.open()
            peer.envelope()
            daemon.process.terminate()
            self.assertIsNone(idle.read())  # closed at once: nothing is under way there
            with self.assertRaises(OSError):
                milter.Peer(daemon.port)
            changes, answer = peer.message(MESSAGE)
            self.assertIn(answer, "ac")
            self.assertEqual(len(milter.inserted(changes, "Authentication-Results")), 1)
            self.assertIsNone(peer.read())
        self.assertEqual(daemon.process.wait(lib.PATIENCE), 0)
        daemon.stop()
        self.assertFalse(daemon.events("stopped.early"))

    def test_drain_ends_after_its_time(self):
        daemon = lib.Daemon({"server": {"drain_timeout": "300ms"}})
        with milter.Peer(daemon.port) as peer:
            peer.negotiate()
            peer.open()
            peer.envelope()
            self.assertEqual(daemon.stop(patience=10), 0)
            self.assertTrue(daemon.events("stopped.early"))

    def test_a_second_signal_ends_the_drain(self):
        daemon = lib.Daemon()
        with milter.Peer(daemon.port) as peer:
            peer.negotiate()
            peer.open()
            peer.envelope()
            daemon.process.send_signal(signal.SIGINT)
            daemon.wait_event("stopping")
            time.sleep(0.1)
            self.assertEqual(daemon.stop(signal.SIGINT, 5), -signal.SIGINT)


class UnixSockets(unittest.TestCase):
    def setUp(self):
        self.path = pathlib.Path(tempfile.mkdtemp(dir=lib.folder)) / "socket"

    def test_mode_and_removal(self):
        for mode in ("0660", "0600", "0666"):
            with lib.Daemon({"server": {"socket_mode": mode}}, listen=[f"unix:{self.path}"]) as daemon:
                self.assertEqual(stat.S_IMODE(self.path.stat().st_mode), int(mode, 8))
                self.assertEqual(daemon.addresses, [f"unix:{self.path}"])
                deliver(str(self.path))
            self.assertFalse(self.path.exists())

    def test_stale_socket_is_replaced(self):
        daemon = lib.Daemon(listen=[f"unix:{self.path}"])
        daemon.stop(signal.SIGKILL)
        self.assertTrue(self.path.exists())
        with lib.Daemon(listen=[f"unix:{self.path}"]):
            deliver(str(self.path))

    def test_socket_in_use_is_not(self):
        with lib.Daemon(listen=[f"unix:{self.path}"]) as first:
            done = lib.run("serve", "--config", first.config, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn("another process listens there", done.stderr)
            deliver(str(self.path))

    def test_several_addresses(self):
        with lib.Daemon(listen=["inet:127.0.0.1:0", f"unix:{self.path}", "inet:0@127.0.0.1"]) as daemon:
            self.assertEqual(len(daemon.addresses), 3)
            deliver(str(self.path))
            for address in (daemon.addresses[0], daemon.addresses[2]):
                deliver(int(address.rpartition(":")[2]))


class ServiceManager(unittest.TestCase):
    """The test plays systemd: NOTIFY_SOCKET, WATCHDOG_USEC."""

    def setUp(self):
        self.path = str(pathlib.Path(tempfile.mkdtemp(dir=lib.folder)) / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.bind(self.path)
        self.socket.settimeout(lib.PATIENCE)

    def states(self, until):
        """Assignments that arrive, up to the first of that name; the watchdog's aside."""
        found = []
        while True:
            for line in self.socket.recv(4096).decode().splitlines():
                name = line.partition("=")[0]
                if name == until or name not in ("WATCHDOG", "STATUS", "MONOTONIC_USEC"):
                    found.append(name)
            if until in found:
                return found

    def test_start_reload_stop(self):
        daemon = lib.Daemon(environment={"NOTIFY_SOCKET": self.path})
        self.assertEqual(self.states("READY"), ["READY"])
        daemon.reload()
        self.assertEqual(self.states("READY"), ["RELOADING", "READY"])
        daemon.config.write_text("nonsense = 1\n")
        daemon.process.send_signal(signal.SIGHUP)
        self.assertEqual(self.states("READY"), ["RELOADING", "READY"])
        daemon.stop()
        self.assertEqual(self.states("STOPPING"), ["STOPPING"])

    def test_watchdog(self):
        with lib.Daemon(environment={"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": "200000"}):
            for _ in range(3):
                self.states("WATCHDOG")


if __name__ == "__main__":
    lib.main()
