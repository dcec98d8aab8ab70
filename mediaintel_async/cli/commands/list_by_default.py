"""Groups of commands of which the one that lists goes without its name."""

from typing import Any

from typer.core import TyperGroup


class ListsByDefault(TyperGroup):
    """Takes `workspaces` for `workspaces list`, and `projects W` for `projects list W`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put in the word that was left out; completion sees what was typed."""
        is_named = bool(args) and args[0] in {*self.commands, *ctx.help_option_names}
        return super().parse_args(
            ctx, args if is_named or ctx.resilient_parsing else ["list", *args]
        )
