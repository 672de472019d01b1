"""The MTA's side of the milter protocol, as bytes: for tests that need an MTA to behave, or to misbehave, exactly so."""

import struct

import lib

ALL_ACTIONS = 0x1FF
ALL_STEPS = 0x1FFFFF
LEADING_SPACE = 0x100000
# Steps that a filter may do without, and those whose answer it may save (SMFIP_NO*, SMFIP_NR_*).
OMITTED = {"C": 0x1, "H": 0x2, "M": 0x4, "R": 0x8, "B": 0x10, "L": 0x20, "N": 0x40, "U": 0x100, "T": 0x200}
SILENT = {"L": 0x80, "C": 0x1000, "H": 0x2000, "M": 0x4000, "R": 0x8000, "T": 0x10000, "U": 0x20000, "N": 0x40000, "B": 0x80000}


def packet(letter, arguments=b""):
    return struct.pack(">I", len(arguments) + 1) + letter.encode() + arguments


def strings(*texts):
    return b"".join((text if isinstance(text, bytes) else text.encode()) + b"\0" for text in texts)


def offer(version=6, actions=ALL_ACTIONS, steps=ALL_STEPS):
    return packet("O", struct.pack(">III", version, actions, steps))


def connect(address="192.0.2.10", port=25000, name="mail.sender.example"):
    family = b"6" if ":" in address else b"4"
    return packet("C", strings(name) + family + struct.pack(">H", port) + strings(address))


def macros(letter, **names):
    arguments = letter.encode()
    for name, value in names.items():
        arguments += strings(name if len(name) == 1 else "{" + name + "}", value)
    return packet("D", arguments)


def helo(name="client.example"):
    return packet("H", strings(name))


def mail(path="<ann@sender.example>", *parameters):
    return packet("M", strings(path, *parameters))


def rcpt(path="<astobes@tailspintoys.com>", *parameters):
    return packet("R", strings(path, *parameters))


def header(name, value):
    return packet("L", strings(name, value))


DATA, END_OF_HEADER, END, ABORT, QUIT, QUIT_NEW = (packet(letter) for letter in "TNEAQK")


def body(chunk):
    return packet("B", chunk)


class Peer(lib.Stream):
    """A milter connection from the MTA's end."""

    def read(self):
        """(letter, arguments) of the next packet, or None when the daemon has closed the connection."""
        head = self.reader.read(5)
        if len(head) < 5:
            return None
        length = struct.unpack(">I", head[:4])[0]
        return chr(head[4]), self.reader.read(length - 1)

    def negotiate(self, **terms):
        self.send(offer(**terms))
        letter, arguments = self.read()
        assert letter == "O", letter
        version, actions, self.steps = struct.unpack(">III", arguments[:12])
        return version, actions, self.steps

    def tell(self, data):
        """Sends one packet unless that step was negotiated away; the answer's letter, or None when none is due."""
        letter = chr(data[4])
        if self.steps & OMITTED.get(letter, 0):
            return None
        self.send(data)
        if self.steps & SILENT.get(letter, 0):
            return None
        answer = self.read()
        assert answer, f"the daemon closed the connection after {letter}"
        return answer[0]

    def open(self, address="192.0.2.10", port=25000, name="mail.sender.example", helo_name="client.example", **connect_macros):
        if connect_macros:
            self.send(macros("C", **connect_macros))
        assert self.tell(connect(address, port, name)) in (None, "c")
        assert self.tell(helo(helo_name)) in (None, "c")

    def envelope(self, sender="<ann@sender.example>", *recipients, **mail_macros):
        if mail_macros:
            self.send(macros("M", **mail_macros))
        assert self.tell(mail(sender)) in (None, "c")
        for recipient in recipients or ("<astobes@tailspintoys.com>",):
            assert self.tell(rcpt(recipient)) in (None, "c")
        assert self.tell(DATA) in (None, "c")

    def message(self, raw, chunk=65535):
        """Sends a stored message (CRLF or LF) as header fields and body; see verdict()."""
        raw = raw.replace(b"\r\n", b"\n")
        head, _, text = raw.partition(b"\n\n")
        packets = []
        for name, value in lib.fields(head + b"\n\n"):
            packets.append((name, value if self.steps & LEADING_SPACE else value[1:] if value[:1] == b" " else value))
        for name, value in packets:
            assert self.tell(header(name, value)) in (None, "c")
        assert self.tell(END_OF_HEADER) in (None, "c")
        text = text.replace(b"\n", b"\r\n")
        for at in range(0, len(text), chunk):
            if self.tell(body(text[at:at + chunk])) == "s":
                break
        return self.verdict()

    def verdict(self):
        """Ends the message; ([(letter, arguments)] of the modifications, letter of the last answer)."""
        self.send(END)
        changes = []
        while True:
            answer = self.read()
            assert answer, "the daemon closed the connection instead of a verdict"
            if answer[0] in "acdrty":
                return changes, answer[0]
            if answer[0] != "p":
                changes.append(answer)


def inserted(changes, name):
    """Values of the header fields of that name that the filter put in; see lib.values()."""
    return [value for value in all_inserted(changes, name) if not lib.is_compauth(value)]


def compauth(changes):
    """See lib.compauth()."""
    return lib.compauth(b"".join(b"Authentication-Results: " + value.encode("latin-1") + b"\n"
                                 for value in all_inserted(changes, "Authentication-Results")) + b"\n")


def all_inserted(changes, name):
    found = []
    for letter, arguments in changes:
        if letter == "i":
            field, value = arguments[4:].split(b"\0")[:2]
        elif letter == "h":
            field, value = arguments.split(b"\0")[:2]
        else:
            continue
        if field.decode().lower() == name.lower():
            found.append(value.decode("latin-1").strip())
    return found


def removed(changes):
    """[(name, index)] of the fields that the filter took away."""
    found = []
    for letter, arguments in changes:
        if letter == "m":
            index, rest = struct.unpack(">I", arguments[:4])[0], arguments[4:].split(b"\0")
            if rest[1] == b"":
                found.append((rest[0].decode(), index))
    return found
