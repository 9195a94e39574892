"""Stands in for curl where a machine has none: only what the documentation's examples use."""

import sys
import urllib.error
import urllib.request
from pathlib import Path

FLAGS, VALUES = set("sSi"), {"-H": "header", "-d": "body", "-X": "method", "-o": "file"}


def parsed(arguments: list[str]) -> tuple[dict[str, str], dict[str, str], str, bool]:
    """Options by name, header fields, the address, and whether the answer's head is wanted."""
    options: dict[str, str] = {}
    fields: dict[str, str] = {}
    address, head, rest = "", False, iter(arguments)
    for word in rest:
        if word == "-H":
            name, _, value = next(rest).partition(":")
            fields[name] = value.strip()
        elif word in VALUES:
            options[VALUES[word]] = next(rest)
        elif word.startswith("-"):
            if not set(word[1:]) <= FLAGS:
                raise ValueError(f"this stand-in for curl knows no {word}")
            head = head or "i" in word
        else:
            address = word
    return options, fields, address, head


def main(arguments: list[str]) -> int:
    options, fields, address, head = parsed(arguments)
    body = options["body"].encode() if "body" in options else None
    request = urllib.request.Request(address, body, fields, method=options.get("method"))
    try:
        answer = urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as refused:
        answer = refused
    except urllib.error.URLError as failed:
        print(f"curl: {failed.reason}", file=sys.stderr)
        return 7
    with answer:
        if head:
            lines = [f"HTTP/1.1 {answer.status} {answer.reason}"]
            lines += [f"{name}: {value}" for name, value in answer.headers.items()]
            sys.stdout.write("\r\n".join([*lines, "", ""]))
        sys.stdout.flush()
        if "file" in options:
            Path(options["file"]).write_bytes(answer.read())
        else:
            sys.stdout.buffer.write(answer.read())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
