"""The files of an edition: all made from one `Content`, which knows nothing but what is public."""

from reporting.papers.editions.content import READER, Content, gather, numbers_now
from reporting.papers.editions.files import File, files_of

__all__ = ["READER", "Content", "File", "files_of", "gather", "numbers_now"]
