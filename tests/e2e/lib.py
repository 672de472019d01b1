"""What the end-to-end tests share: a work folder, the daemon under test, SMTP and milter as a peer speaks them, real mail servers.

A test script is `python3 NAME.py BONAFIDE SOURCE_FOLDER PARTS_FOLDER [unittest arguments]` and ends with lib.main().
Everything listens on loopback ports the system chooses; whatever was started is stopped by its id, also after a failure.
Where something cannot run (no root, no package) the script prints why and exits with 77, which ctest shows as skipped.
"""

import atexit
import copy
import functools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

SKIPPED = 77
PATIENCE = 20.0  # seconds; for what normally takes milliseconds

bonafide = ""
source = pathlib.Path()
parts = pathlib.Path()
folder = pathlib.Path()


def main():
    """Reads the arguments, makes the work folder, runs the tests of the calling script."""
    global bonafide, source, parts, folder
    if len(sys.argv) < 4:
        sys.exit(f"usage: {sys.argv[0]} BONAFIDE SOURCE_FOLDER PARTS_FOLDER [unittest arguments]")
    bonafide, source, parts = (os.path.abspath(sys.argv[1]), *(pathlib.Path(p).resolve() for p in sys.argv[2:4]))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bonafide-e2e-"))
    folder.chmod(0o755)  # the mail servers' unprivileged users pass through
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that a stopped test stops what it started
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)


def skip(why):
    print(f"SKIP: {why}", flush=True)
    sys.exit(SKIPPED)


def need_root(what):
    if os.geteuid() != 0:
        skip(f"{what} can only be run by root")


def fetch(where, *packages):
    """Unpacks Debian packages into `where`; skips the test when they cannot be had. Returns the command that runs what is in them."""
    done = subprocess.run([source / "scripts/fetch-parts", where, *packages], capture_output=True, text=True)
    if done.returncode != 0:
        skip(f"{' '.join(packages)} cannot be fetched: {done.stderr.strip()}")
    return str(where / "run")


def wait_for(condition, what, seconds=PATIENCE):
    """The first true value of `condition`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:g} s for {what}")
        time.sleep(0.01)


def run(*arguments, **options):
    """Runs the binary under test to its end."""
    options = {"capture_output": True, "timeout": 60, "stdin": subprocess.DEVNULL} | options
    if "input" in options:
        del options["stdin"]
    return subprocess.run([bonafide, *map(str, arguments)], **options)


def run_to_end(words, environment, **options):
    """Runs `words` to their end; what they said goes into a file, since "postfix reload" leaves a postsuper behind that would hold a pipe
    open. AssertionError with all of it unless the exit code is 0."""
    options = {"stdin": subprocess.DEVNULL} | options
    if "input" in options:
        del options["stdin"]
    with tempfile.TemporaryFile("w+", errors="replace") as said:
        try:
            code = subprocess.run(words, env=environment, stdout=said, stderr=said, timeout=60, **options).returncode
        except subprocess.TimeoutExpired:
            code = "none within 60 s"
        said.seek(0)
        if code != 0:
            raise AssertionError(f"{' '.join(map(str, words))}\nexit {code}: {said.read()}")


def toml(settings):
    """{"server": {"listen": [...]}, "rule": [{...}]} as a configuration file."""
    lines = []
    for section, values in settings.items():
        if isinstance(values, list):
            for table in values:
                lines.append(f"[[{section}]]")
                lines += [f"{name} = {json.dumps(value)}" for name, value in table.items()]
        elif isinstance(values, dict):
            lines.append(f"[{section}]")
            lines += [f"{name} = {json.dumps(value)}" for name, value in values.items()]
        else:
            lines.insert(0, f"{section} = {json.dumps(values)}")
    return "\n".join(lines) + "\n"


class Daemon:
    """`bonafide serve` on a free loopback port with a configuration and a zone of its own. A context manager.

    With `account` = (user, group) it runs as they, with the umask of the systemd unit. `prefix`: words that exec it."""

    count = 0

    def __init__(self, settings=None, zone="", listen=None, options=(), environment=None, account=None, prefix=()):
        Daemon.count += 1
        self.folder = folder / f"daemon-{Daemon.count}"
        self.folder.mkdir()
        self.config, self.zone, self.log = (self.folder / name for name in ("bonafide.toml", "zone", "log"))
        self.lists = None  # as the daemon has them
        self.settings = {
            "server": {"listen": listen or ["inet:127.0.0.1:0"], "threads": 2},
            "identity": {"authserv_id": "mx.tailspintoys.com"},
            "dns": {"zone": str(self.zone)},
            "log": {"format": "json", "target": str(self.log), "level": "debug"},
            "metrics": {"listen": "127.0.0.1:0"},
        }
        self.write(settings or {}, zone)
        self.process = subprocess.Popen(
            [*prefix, self.binary_for(account), "serve", "--config", self.config, *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | (environment or {}),
            **(dict(user=account[0], group=account[1], extra_groups=[], umask=0o007) if account else {}))
        atexit.register(self.stop, signal.SIGKILL)
        started = self.wait_event("started")
        self.addresses = started["listen"].split()
        self.metrics_port = started["metrics_port"]

    def binary_for(self, account):
        """The build folder may be closed to other users: they get a copy, and a folder they can write their log to."""
        if account is None:
            return bonafide
        shutil.copy(bonafide, self.folder / "bonafide")
        shutil.chown(self.folder, *account)
        return self.folder / "bonafide"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def write(self, settings, zone=None):
        """Changes settings in the configuration file (and the zone); a running daemon reads it with reload()."""
        for section, values in settings.items():
            if isinstance(values, dict):
                self.settings.setdefault(section, {}).update(values)
            else:
                self.settings[section] = values
        self.config.write_text(toml(self.settings))
        if zone is not None:
            self.zone.write_text(zone or "nothing.example. 60 A 192.0.2.1\n")

    def reload(self, end="reloaded"):
        """Reads its configuration again; `end` = "reload.failed" where it must not take it. The event."""
        before = len(self.events())
        self.process.send_signal(signal.SIGHUP)
        event = wait_for(lambda: [e for e in self.events()[before:] if e["event"] in ("reloaded", "reload.failed")], "the reload")[0]
        if event["event"] != end:
            raise AssertionError(f"{end} expected, got: {event}")
        lists, self.lists = self.lists, copy.deepcopy(self.settings.get("lists"))
        if lists != self.lists:
            time.sleep(1)  # the ledger's thread brings them a moment after the event
        return event

    @property
    def port(self):
        return int(self.addresses[0].rpartition(":")[2])

    def events(self, name=None):
        if not self.log.exists():
            return []
        lines = self.log.read_text(errors="replace").splitlines(keepends=True)
        events = [json.loads(line) for line in lines if line.endswith("\n")]
        return [event for event in events if name in (None, event["event"])]

    def wait_event(self, name, accept=lambda event: True):
        def found():
            hits = [event for event in self.events(name) if accept(event)]
            if not hits and self.process.poll() is not None:
                raise AssertionError(f"the daemon ended with {self.process.returncode}: {self.process.stderr.read()}")
            return hits
        return wait_for(found, f"the log line {name}")[-1]

    def stop(self, number=signal.SIGTERM, patience=PATIENCE):
        """Sends the signal if it still runs; the exit code."""
        atexit.unregister(self.stop)
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"the daemon does not end on signal {number}") from None
        finally:
            self.process.stdout.close()
            self.process.stderr.close()

    def resident_kib(self):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", text).group(1))

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}{path}", timeout=PATIENCE) as page:
            return page.read().decode()

    def metric(self, name):
        """The value of one sample, "name" or 'name{label="value"}'."""
        for line in self.get("/metrics").splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        raise AssertionError(f"no metric {name}")


class Clock:
    """The wall clock of daemons that run in its environment: libfaketime moves it, and what ours measures goes on as ever."""

    def __init__(self):
        if os.environ.get("BONAFIDE_SANITIZE"):
            skip("the clock's library and the sanitizer's exclude each other")
        fetch(parts, "libfaketime")
        library = next((parts / "root/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
        self.file, self.elapsed = folder / "clock", 0  # of the daemons' clock before ours
        self.wait(0)
        self.environment = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
                            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}

    def wait(self, seconds):
        self.elapsed += seconds
        self.file.write_text(f"{self.elapsed:+d}\n")


class Stream:
    """A socket with a read buffer and a time limit."""

    def __init__(self, address, seconds=PATIENCE):
        if isinstance(address, str):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(seconds)
            try:
                self.socket.connect(address)
            except OSError:
                self.socket.close()
                raise
        else:
            self.socket = socket.create_connection(("127.0.0.1", address), seconds)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data)

    def close(self):
        self.reader.close()
        self.socket.close()


class Smtp(Stream):
    """An SMTP client that says what it is told to, dot-stuffs and nothing else."""

    def __init__(self, port, seconds=PATIENCE, proxy=b""):
        """`proxy`: what a proxy in front says before the server speaks."""
        super().__init__(port, seconds)
        self.send(proxy)
        self.expect(self.reply(), "220")

    @staticmethod
    def expect(reply, code):
        if not reply.startswith(code):
            raise AssertionError(f"{code} expected, got: {reply}")
        return reply

    def reply(self):
        lines = []
        while True:
            line = self.reader.readline().decode("latin-1")
            lines.append(line.rstrip("\r\n"))
            if line[3:4] != "-":
                return "\n".join(lines)

    def say(self, text, code=None):
        self.send(text.encode() + b"\r\n")
        reply = self.reply()
        return reply if code is None else self.expect(reply, code)

    def come_from(self, address, name="[UNAVAILABLE]", helo="client.example"):
        self.say("EHLO test.example", "250")
        self.say(f"XCLIENT ADDR={address} NAME={name} HELO={helo}", "220")
        self.say(f"EHLO {helo}", "250")
        return self

    def envelope(self, sender, *recipients, parameters=""):
        self.say(f"MAIL FROM:<{sender}>{parameters}", "250")
        for recipient in recipients:
            self.say(f"RCPT TO:<{recipient}>", "250")

    def data(self, message, code="250"):
        """The message as bytes; lines are sent as they are."""
        self.say("DATA", "354")
        stuffed = re.sub(rb"(^|\r\n)\.", rb"\1..", message)
        self.send(stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n")
        return self.expect(self.reply(), code)

    def mail(self, sender, recipient, message, code="250"):
        self.envelope(sender, recipient)
        return self.data(message, code)


def rule(name, when, *then, **more):
    """A [[rule]]; without `when` for everything."""
    return {"name": name} | ({"when": when} if when else {}) | {"then": list(then)} | more


class Postfix:
    """scripts/postfix-sandbox: a real Postfix that asks `milter`. A context manager."""

    count = 0

    def __init__(self, *options):
        Postfix.count += 1
        self.folder = folder / f"postfix-{Postfix.count}"
        self.script = source / "scripts/postfix-sandbox"
        self.environment = os.environ | {"BONAFIDE_PARTS": str(parts)}
        atexit.register(self.stop)
        done = subprocess.run([self.script, "start", self.folder, *options], env=self.environment,
                              capture_output=True, text=True, timeout=300)
        if done.returncode != 0:
            raise AssertionError(f"Postfix did not start: {done.stderr}")
        port, inbox, _ = done.stdout.split()
        self.port, self.inbox = int(port), pathlib.Path(inbox)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        atexit.unregister(self.stop)
        subprocess.run([self.script, "stop", self.folder], env=self.environment, check=True, timeout=60)

    def command(self, name, *arguments, **options):
        """Runs one of Postfix's commands against this instance."""
        run_to_end([parts / "run", name, *arguments], os.environ | {"MAIL_CONFIG": str(self.folder / "etc")}, **options)

    def set(self, *settings):
        """main.cf lines, in force for the next connection."""
        self.command("postconf", "-e", *settings)
        self.command("postfix", "reload")

    def add_service(self, *settings, proxy=b""):
        """A second smtpd with main.cf settings of its own; its port. Postfix takes no port 0, so one is looked for."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        overrides = " ".join(f"-o {setting}" for setting in settings)
        self.command("postconf", "-M", f"127.0.0.1:{port}/inet=127.0.0.1:{port} inet n - n - - smtpd {overrides}")
        self.command("postfix", "reload")

        def answers():
            try:
                Smtp(port, proxy=proxy).close()
                return True
            except OSError:
                return False
        wait_for(answers, "the second smtpd")
        return port

    def log(self):
        return (self.folder / "postfix.log").read_text(errors="replace")

    def connect(self, port=None):
        return Smtp(port or self.port)

    def delivered(self, token, copies=1):
        """The delivered message that holds `token`, a bytes value the test put into it."""
        def found():
            hits = []
            for file in (self.inbox / "new").glob("*"):
                content = file.read_bytes()
                if token in content:
                    hits.append(content)
            return hits if len(hits) >= copies else None
        return wait_for(found, f"the delivery of {token!r}")[0]

    def send(self, message, token, sender="ann@sender.example", recipient="astobes@tailspintoys.com",
             address="192.0.2.10", port=None):
        """One message in a session of its own; as it was delivered."""
        with self.connect(port) as client:
            client.come_from(address).mail(sender, recipient, message)
        return self.delivered(token)


class Overlay:
    """Unpacked packages, accounts and files laid over /usr and /etc for the commands that are run there, each in a mount namespace of its
    own that ends with it. Nothing in it changes while a command runs."""

    count = 0

    def __init__(self, packages, accounts):
        """`packages`: a folder of fetch(); `accounts`: {"name": number of the user and of the group}. Skips the script where it cannot be."""
        Overlay.count += 1
        self.folder, self.packages, self.accounts = folder / f"overlay-{Overlay.count}", packages, accounts
        for name in ("passwd", "group"):
            last = {"passwd": ":/nonexistent:/usr/sbin/nologin", "group": ""}[name]
            lines = [f"{user}:*:{number}:{str(number) + ':' if name == 'passwd' else ''}{last}" for user, number in accounts.items()]
            with open(f"/etc/{name}", encoding="utf-8") as own:
                self.put(f"etc/{name}", own.read() + "\n".join(lines) + "\n")
        (self.folder / "usr").mkdir()
        if Overlay.count == 1 and self.run("true").returncode != 0:
            skip("no file system can be laid over /usr and /etc here")

    def put(self, path, text, mode=0o644):
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(mode)

    def prefix(self):
        """Begins a command line that is run in it; /run is empty there, for sudo's sake."""
        overlays = "".join(f'mount -t overlay overlay -o "lowerdir=$0/{place}:$1/root/{place}:/{place}" /{place} && '
                           for place in ("usr", "etc"))
        return ["unshare", "--mount", "sh", "-c", overlays + 'mount -t tmpfs tmpfs /run && shift && exec "$@"',
                str(self.folder), str(self.packages)]

    def run(self, *words, **options):
        return subprocess.run([*self.prefix(), *words], **dict(capture_output=True, text=True, timeout=60) | options)

    def run_as(self, user, *words, **options):
        number = str(self.accounts[user])
        return self.run("setpriv", "--reuid", number, "--regid", number, "--clear-groups", *words, **options)


class Dovecot:
    """Debian's Dovecot in an Overlay. A context manager; configured when it is made, started when it is entered."""

    ACCOUNTS = {"dovecot": 5001, "dovenull": 5002}

    @staticmethod
    @functools.cache
    def fetch():
        """Where it is unpacked. One list for all tests: what lies over the /usr of one must not grow by what another fetches."""
        where = parts / "dovecot"
        fetch(where, "dovecot-core", "dovecot-imapd", "dovecot-sieve", "sudo")
        return where

    def __init__(self, overlay, settings, address, greeting):
        """It has started when `address`, a loopback port or the path of a socket, says `greeting`."""
        self.overlay, self.address, self.greeting = overlay, address, greeting
        self.folder = overlay.folder / "dovecot"
        self.folder.mkdir()
        overlay.put("etc/dovecot/dovecot.conf", f"base_dir = {self.folder}/run\nstate_dir = {self.folder}/state\nlog_path = {self.folder}/log\n"
                    f"ssl = no\ndefault_vsz_limit = 0\nlisten = 127.0.0.1\n{settings}")

    def __enter__(self):
        with (self.folder / "output").open("wb") as output:
            self.process = subprocess.Popen([*self.overlay.prefix(), "dovecot", "-F"], stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        atexit.register(self.stop)
        try:
            wait_for(self.answers, "Dovecot")
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"Dovecot ended: {self.said()}")
        try:
            with Stream(self.address) as client:
                return client.reader.readline().startswith(self.greeting)
        except OSError:
            return False

    def stop(self):
        atexit.unregister(self.stop)
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)  # its master ends the others
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def said(self):
        return "".join(file.read_text(errors="replace") for file in (self.folder / "output", self.folder / "log") if file.exists())


class Filtered(unittest.TestCase):
    """Whole messages through a Postfix that asks a daemon in enforce mode; each test gives it another configuration. The module's
    setUpModule() calls begin(), its tearDownModule() end()."""

    RECIPIENT = "astobes@tailspintoys.com"
    STRANGER = "192.0.2.77"
    count = 0

    @staticmethod
    def begin(zone, *postfix_options, daemon=None, **settings):
        need_root("Postfix")
        fetch(parts, "postfix")
        Filtered.daemon = daemon or Daemon({"mode": "enforce"} | settings, zone)
        Filtered.basis = copy.deepcopy(Filtered.daemon.settings)
        Filtered.postfix = Postfix("--milter", Filtered.daemon.addresses[0], *postfix_options)

    @staticmethod
    def end():
        Filtered.postfix.stop()
        Filtered.daemon.stop()

    def configure(self, zone=None, **settings):
        """The settings of begin() and these, in force for the next connection."""
        self.daemon.settings = copy.deepcopy(self.basis)
        self.daemon.write(settings, zone)
        self.daemon.reload()

    def message(self, author, subject="a test", **header):
        """Of a Message-ID of its own, which is self.token."""
        Filtered.count += 1
        self.token = f"<filtered-{Filtered.count}@sender.example>".encode()
        more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in header.items())
        return (f"{more}From: Ann <{author}>\r\nTo: {self.RECIPIENT}\r\nSubject: {subject}\r\nDate: Thu, 1 Jan 2026 12:00:00 +0000\r\n"
                f"Message-ID: {self.token.decode()}\r\n\r\nHello.\r\n").encode()

    def say(self, sender, author=None, address=STRANGER, recipients=(RECIPIENT,), message=None, port=None, helo="client.example",
            **header):
        """(the stage that ended it, the reply) of a whole session; what single recipients were refused with stands in self.refused."""
        message = message or self.message(author or sender, **header)
        self.refused = {}
        self.logged = len(self.daemon.events())
        with self.postfix.connect(port) as client:
            client.come_from(address, helo=helo)
            reply = client.say(f"MAIL FROM:<{sender}>")
            if not reply.startswith("2"):
                return "mail", reply
            for recipient in recipients:
                reply = client.say(f"RCPT TO:<{recipient}>")
                if not reply.startswith("2"):
                    self.refused[recipient] = reply
            if len(self.refused) == len(recipients):
                return "rcpt", reply
            client.say("DATA", "354")
            client.send(message + b".\r\n")
            return "end", client.reply()

    def deliver(self, *arguments, **options):
        """The message as it landed, which it has to."""
        stage, reply = self.say(*arguments, **options)
        self.assertEqual((stage, reply[:3]), ("end", "250"), reply)
        return self.postfix.delivered(self.token)

    def fate(self, *arguments, **options):
        """What became of a message: "accept", "hold", "550 5.7.1", or who marked it as what, "dmarc quarantine"."""
        stage, reply = self.say(*arguments, **options)
        if not reply.startswith("2"):
            return reply[:9]
        return wait_for(lambda: self.landed(), f"the message {self.token!r} somewhere")

    def landed(self):
        held = [file for file in (self.postfix.folder / "spool/hold").rglob("*") if file.is_file()]
        if any(self.token in file.read_bytes() for file in held):
            return "hold"
        for file in (self.postfix.inbox / "new").glob("*"):
            if self.token in (message := file.read_bytes()):
                return junk_mark(message) or "accept"
        return None

    def event(self, name="message"):
        """The last such log line since the last message began."""
        def found():
            return [event for event in self.daemon.events()[self.logged:] if event["event"] == name]
        return wait_for(found, f"the log line {name}")[-1]

    def stored(self):
        """What the ledger keeps of the last message."""
        message = self.event()["id"]

        def found():
            done = run("trace", message, "--json", "--ledger", self.daemon.settings["ledger"]["path"])
            return json.loads(done.stdout)["messages"] if done.returncode == 0 else None
        return wait_for(found, f"{message} in the ledger")[0]["document"]


def junk_mark(message):
    """"dmarc quarantine": who marked a delivered message, and as what; None: nobody did."""
    marks = values(message, "X-Bonafide-Junk")
    found = marks and re.match(r"yes; by=(\w+);\s+level=(\w+)", marks[0])
    return " ".join(found.groups()) if found else None


def readme_box(words):
    """The one box of README.md in which these words stand."""
    boxes = re.findall(r"^```\w*\n(.*?)^```$", (source / "README.md").read_text(), re.M | re.S)
    found = [box for box in boxes if words in box]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} boxes of the README hold {words!r}")
    return found[0]


def fields(message):
    """The header of a message as a list of (name, raw value); line ends as LF."""
    head = message.replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    result = []
    for line in head.split(b"\n"):
        if line[:1] in b" \t" and result:
            result[-1] = (result[-1][0], result[-1][1] + b"\n" + line)
        else:
            name, _, value = line.partition(b":")
            result.append((name.decode("latin-1"), value))
    return result


def is_compauth(value):
    """Our second Authentication-Results field, which holds compauth alone."""
    return re.match(r"[^;]*;\s*compauth=", value) is not None


def values(message, name):
    """Values of the fields of that name; of Authentication-Results without the one of compauth: see compauth()."""
    found = [value.decode("latin-1").strip() for n, value in fields(message) if n.lower() == name.lower()]
    return [value for value in found if not is_compauth(value)]


def compauth(message):
    """("pass", "109") of the second Authentication-Results field of ours; None without one."""
    for name, value in fields(message):
        found = re.match(r"[^;]*;\s*compauth=(\w+).*\breason=(\d{3})", value.decode("latin-1").strip(), re.S)
        if name.lower() == "authentication-results" and found:
            return found.groups()
    return None


def verdict(value):
    """{"spf": "pass", "dkim": ["pass", "fail"], ...} of an Authentication-Results value."""
    found = re.findall(r"(?:^|;)\s*(spf|dkim|dmarc|iprev)=(\w+)", re.sub(r'"[^"]*"', '""', value))
    result = {"dkim": [word for method, word in found if method == "dkim"]}
    return result | {method: word for method, word in found if method != "dkim"}
