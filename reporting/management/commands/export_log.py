"""`manage.py export_log [--output FILE]`: the whole log up to its newest head, as JSON Lines, for an auditor's script.

It holds what every agency reported, whatever its disclosure class; free texts are not in it. Hand it on accordingly.
"""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from deploy.verify.shinchoku_verify import Progress
from reporting.event_store.records import Record
from reporting.queries import log_file


class Command(BaseCommand):
    help = "Export the sealed log as JSON Lines; deploy/verify/shinchoku_verify.py verifies it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--output", type=Path, metavar="FILE", help="written whole or not at all; else to stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        output: Path | None = options["output"]
        try:
            with whole_or_nothing(output) if output else contextlib.nullcontext(sys.stdout) as file:
                size = write(file)
        except OSError as error:
            raise CommandError(f"{output or 'stdout'}: {error.strerror}") from error
        self.stderr.write(f"{size} events")


def write(file: IO[str]) -> int:
    """Returns the number of events."""
    records = log_file.export()
    header = next(records)
    progress = Progress(header["size"])
    file.write(line(header))
    for record in records:
        file.write(line(record))
        if record["kind"] == "event":
            progress.at(record["position"])
    progress.over()
    return int(header["size"])


def line(record: Record) -> str:
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n"


@contextlib.contextmanager
def whole_or_nothing(path: Path) -> Iterator[IO[str]]:
    """A file that takes its name when it is complete and on disk. Readable by its owner only."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(descriptor, "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
