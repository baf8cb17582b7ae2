"""How much a browser may upload: what is over the limit is read to its end and thrown away, never stored."""

from typing import Any

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, StopUpload
from django.http import HttpRequest

FAR_TOO_LARGE = 10  # times the limit: nobody waits for the end of that


def too_large(request: HttpRequest) -> bool:
    """Whether a file of this request was thrown away for its size."""
    return getattr(request, "upload_too_large", False)


class LimitedUploads(FileUploadHandler):
    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *_: Any, **__: Any) -> None:  # noqa: N803
        self.hopeless = content_length > FAR_TOO_LARGE * settings.EVIDENCE_FILE_MB << 20

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.left = settings.EVIDENCE_FILE_MB << 20

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        self.left -= len(raw_data)
        if self.hopeless or self.left < 0:
            self.request.upload_too_large = True  # type: ignore[union-attr]
            raise StopUpload(connection_reset=True) if self.hopeless else SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
