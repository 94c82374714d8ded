"""Random scripts of calls on a real `io.BytesIO`, with what it answered, for anystream's tests to repeat.

    python3 tests/python/bytesio.py --seed 1 --scripts 60 > tests/python/cpython-3.11.txt

Every line is a call, `->`, the answer, `at` the position, and if the contents changed `of` their length and
`sum` of their CRC-32. Bytes that are long are `bytes`, their length, and `sum` of their CRC-32. A script ends when CPython has `lost` its
contents.
"""

import argparse
import io
import platform
import random
import zlib

CALLS = 80
LONGEST = 3 * 8192
EDGES = [0, 1, 5, 16, 64, 984, 1024, 4096, 8112, 8192]
LAST = 2**63 - 1  # of CPython's positions


class Data:
    """Bytes, and how they are written down: `"ab" * 3 + "c"`."""

    def __init__(self, parts):
        self.parts = parts
        self.bytes = b"".join(text * times for text, times in parts)

    def __str__(self):
        shown = [
            quoted(text) + (f" * {times}" if times != 1 else "")
            for text, times in self.parts
        ]
        return " + ".join(shown) or '""'


def quoted(data):
    escapes = {10: "\\n", 34: '\\"', 92: "\\\\"}
    plain = lambda b: chr(b) if 32 <= b < 127 else f"\\x{b:02x}"
    return '"' + "".join(escapes.get(b) or plain(b) for b in data) + '"'


class Generator:
    """Chooses calls. It knows the position and the length, so that arguments lie where the contents are."""

    def __init__(self, rng, stream):
        self.rng = rng
        self.stream = stream

    def length(self):
        return self.stream.getbuffer().nbytes

    def call(self):
        if self.length() > LONGEST:
            return "truncate", [self.rng.randrange(LONGEST // 2)]
        names = (
            ["seek"] * 8
            + ["write"] * 6
            + ["read", "read1", "readinto", "readline", "truncate", "next", "assign"] * 2
            + ["tell", "readlines", "writelines", "getvalue", "getbuffer"]
        )
        name = self.rng.choice(names)
        return name, getattr(self, name)()

    def seek(self):
        kind = self.rng.randrange(16)
        if kind == 0:
            return [self.rng.choice([-1, -7, LAST, LAST - 1, 2**63, 2**64 - 1, 2**62, 2**50, 2**48 + 1]), 0]
        if kind == 1:
            return [self.rng.choice([-(2**63), -1, 0, 1, LAST, 2**50]), self.rng.choice([1, 2])]
        whence = self.rng.randrange(3)
        base = [0, self.stream.tell(), self.length()][whence]
        return [self.place() - base, whence] if base < 2**40 else [self.place(), 0]

    def place(self):
        length = self.length()
        near = [0, 0, length, length, self.rng.choice(EDGES), self.rng.randint(0, length), self.rng.randint(0, length)]
        return max(-2, self.rng.choice(near) + self.rng.choice([0, 0, 0, -1, 1, 3]))

    def offset(self):
        """A place that is one, for a call that has no negative ones."""
        return max(0, self.place())

    def size(self):
        kind = self.rng.randrange(12)
        if kind == 0:
            return self.rng.choice([None, -1, -9, LAST, 2**63, 2**64 - 1])
        if kind < 3:
            return max(0, self.rng.choice(EDGES) + self.rng.choice([-1, 0, 1]))
        return self.rng.randrange(40)

    def read(self):
        return [self.size()]

    read1 = readline = readlines = read

    def readinto(self):
        return [self.rng.choice([0, 1, 7, 40, 1024, 5000])]

    def data(self):
        size = max(0, self.rng.choice(EDGES)) if self.rng.randrange(5) == 0 else self.rng.randrange(12)
        kind = self.rng.randrange(4)
        if kind == 0:
            return Data([(bytes([self.rng.randrange(256)]), size)] if size else [])
        if kind == 1:
            return Data([(b"line %d\n" % self.rng.randrange(10), size // 4)] if size > 3 else [])
        letters = bytes(self.rng.randrange(256) if kind == 2 else self.rng.choice(b"abc\n") for _ in range(min(size, 9)))
        return Data([(letters, max(1, size // 9))] if letters else [])

    def write(self):
        return [self.data()]

    def writelines(self):
        return [self.data() for _ in range(self.rng.randrange(4))]

    def truncate(self):
        kind = self.rng.randrange(8)
        if kind == 0:
            return [self.rng.choice([-1, LAST, 2**63, 2**64 - 1, 2**50])]
        return [None if kind == 1 else self.place()]

    def tell(self):
        return []

    next = getvalue = tell

    def getbuffer(self):
        start = self.offset()
        return [start, start + self.rng.choice([0, 1, 9, 1024])]

    def assign(self):
        data = self.data()
        return [self.offset(), data if data.bytes else Data([(b"!", 1)])]


def perform(stream, name, arguments):
    """Makes the call, and returns its answer as text."""
    values = [a.bytes if isinstance(a, Data) else a for a in arguments]
    try:
        if name == "readinto":
            buffer = bytearray(values[0])
            return shown(bytes(buffer[: stream.readinto(buffer)]))
        if name == "writelines":
            return shown(stream.writelines(values))
        if name == "next":
            return shown(next(stream))
        if name == "getbuffer":
            return shown(bytes(stream.getbuffer()[values[0] : values[1]]))
        if name == "assign":
            stream.getbuffer()[values[0] : values[0] + len(values[1])] = values[1]
            return "None"
        return shown(getattr(stream, name)(*values))
    except StopIteration:
        return "stop"
    except Exception as error:
        return f"error {type(error).__name__}"


def shown(value):
    if isinstance(value, bytes):
        if len(value) <= 24:
            return quoted(value)
        return f"bytes {len(value)} sum {zlib.crc32(value)}"
    if isinstance(value, list):
        lengths = "".join(f" {len(line)}" for line in value)
        return f"lines{lengths} sum {zlib.crc32(b''.join(value))}"
    return str(value)


def record(rng):
    initial = Generator(rng, io.BytesIO()).data()
    stream = io.BytesIO(initial.bytes)
    print(f"stream {initial}")
    generator = Generator(rng, stream)
    contents = initial.bytes
    for _ in range(CALLS):
        name, arguments = generator.call()
        answer = perform(stream, name, arguments)
        line = " ".join([name, *map(str, arguments)]) + f" -> {answer}"
        if stream.closed:
            print(f"{line} lost")
            return
        line += f" at {stream.tell()}"
        if stream.getvalue() != contents:
            contents = stream.getvalue()
            line += f" of {len(contents)} sum {zlib.crc32(contents)}"
        print(line)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--scripts", type=int, required=True)
    options = parser.parse_args()
    print(f"# tests/python/bytesio.py --seed {options.seed} --scripts {options.scripts}")
    print(f'python "{platform.python_implementation()} {platform.python_version()}"')
    rng = random.Random(options.seed)
    for _ in range(options.scripts):
        record(rng)


if __name__ == "__main__":
    main()
