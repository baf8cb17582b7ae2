"""確定版: one person names a cut, the worker makes its files, another person publishes them."""

from reporting.commands.editions.changing import find_changes
from reporting.commands.editions.deciding import draft_edition, drop_edition, publish_edition
from reporting.commands.editions.preparing import is_to_be_looked_after, prepare_edition, to_prepare

__all__ = [
    "draft_edition",
    "drop_edition",
    "find_changes",
    "is_to_be_looked_after",
    "prepare_edition",
    "publish_edition",
    "to_prepare",
]
