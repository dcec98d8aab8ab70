"""A group of commands that runs its `list` command by default."""

from typing import Any

from typer.core import TyperGroup


class ListsByDefault(TyperGroup):
    """Reads `workspaces` as `workspaces list`, and `projects W` as `projects list W`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Insert `list` if no command is named; completion gets the words as typed."""
        is_named = bool(args) and args[0] in {*self.commands, *ctx.help_option_names}
        return super().parse_args(
            ctx, args if is_named or ctx.resilient_parsing else ["list", *args]
        )
