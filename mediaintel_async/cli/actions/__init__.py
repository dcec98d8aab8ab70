"""What the commands do: one module per command, and what several commands share.

`commands/` uses this package as a namespace (`actions.show_status`), so that a module and its
slow imports are loaded when a command runs, and never for --help.
"""

from typing import TYPE_CHECKING

from mediaintel_async.public import load_lazily

if TYPE_CHECKING or not load_lazily(globals()):
    from mediaintel_async.cli.actions.assets import delete_asset as delete_asset
    from mediaintel_async.cli.actions.assets import list_assets as list_assets
    from mediaintel_async.cli.actions.assets import move_asset as move_asset
    from mediaintel_async.cli.actions.assets import register_asset as register_asset
    from mediaintel_async.cli.actions.assets import show_asset as show_asset
    from mediaintel_async.cli.actions.cancel import cancel_run as cancel_run
    from mediaintel_async.cli.actions.confirm import require_yes as require_yes
    from mediaintel_async.cli.actions.demo import run_demo as run_demo
    from mediaintel_async.cli.actions.doctor import diagnose as diagnose
    from mediaintel_async.cli.actions.follow_jobs import FollowOptions as FollowOptions
    from mediaintel_async.cli.actions.index import index_assets as index_assets
    from mediaintel_async.cli.actions.persons import PersonChanges as PersonChanges
    from mediaintel_async.cli.actions.persons import create_person as create_person
    from mediaintel_async.cli.actions.persons import delete_person as delete_person
    from mediaintel_async.cli.actions.persons import list_persons as list_persons
    from mediaintel_async.cli.actions.persons import list_similar as list_similar
    from mediaintel_async.cli.actions.persons import merge_persons as merge_persons
    from mediaintel_async.cli.actions.persons import show_person as show_person
    from mediaintel_async.cli.actions.persons import tag_person as tag_person
    from mediaintel_async.cli.actions.persons import untag_person as untag_person
    from mediaintel_async.cli.actions.persons import update_person as update_person
    from mediaintel_async.cli.actions.projects import create_project as create_project
    from mediaintel_async.cli.actions.projects import delete_project as delete_project
    from mediaintel_async.cli.actions.projects import list_projects as list_projects
    from mediaintel_async.cli.actions.references import parse_asset as parse_asset
    from mediaintel_async.cli.actions.references import parse_project as parse_project
    from mediaintel_async.cli.actions.references import read_assets as read_assets
    from mediaintel_async.cli.actions.result import show_result as show_result
    from mediaintel_async.cli.actions.resume import resume_job as resume_job
    from mediaintel_async.cli.actions.run_with_client import run as run
    from mediaintel_async.cli.actions.search import SearchArguments as SearchArguments
    from mediaintel_async.cli.actions.search import search_scenes as search_scenes
    from mediaintel_async.cli.actions.simulate import run_simulator as run_simulator
    from mediaintel_async.cli.actions.status import show_status as show_status
    from mediaintel_async.cli.actions.summarize import summarize_assets as summarize_assets
    from mediaintel_async.cli.actions.tags import create_tag as create_tag
    from mediaintel_async.cli.actions.tags import delete_tag as delete_tag
    from mediaintel_async.cli.actions.tags import list_tags as list_tags
    from mediaintel_async.cli.actions.watch import watch_asset as watch_asset
    from mediaintel_async.cli.actions.workspaces import create_workspace as create_workspace
    from mediaintel_async.cli.actions.workspaces import delete_workspace as delete_workspace
    from mediaintel_async.cli.actions.workspaces import list_workspaces as list_workspaces
