"""確定版: one person names a cut, the worker makes its files, another person publishes them."""

from reporting.commands.editions.deciding import draft_edition, drop_edition, publish_edition
from reporting.commands.editions.preparing import prepare_edition, to_prepare

__all__ = ["draft_edition", "drop_edition", "prepare_edition", "publish_edition", "to_prepare"]
