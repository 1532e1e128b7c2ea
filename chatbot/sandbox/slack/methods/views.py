"""`views.*`: modals and the Home tab.

https://docs.slack.dev/reference/methods/views.open and its neighbours
"""

from __future__ import annotations

from msgspec.structs import replace

from chatbot.sandbox.slack import limits
from chatbot.sandbox.slack.ids import filled
from chatbot.sandbox.slack.methods.call import Call, method
from chatbot.sandbox.slack.methods.content import refuse
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.values import Json, View
from chatbot.sandbox.slack.workspace import Workspace

_DEEPEST = 3


def checked(view: object, kind: str = "modal") -> Json:
    """A view Slack would show.

    Raises:
        RefusalError: `invalid_arguments` with every problem, `view_too_large`.
    """
    refuse(limits.view_problems(view), "invalid_arguments")
    if not isinstance(view, dict) or view["type"] != kind:
        raise RefusalError.of_arguments(f"must be a {kind} view [json-pointer:/view/type]")
    if limits.view_too_large(view):
        raise RefusalError("view_too_large")
    return view


def updated(workspace: Workspace, view: View, content: Json) -> View:
    """The open view with other content: same id, new hash; what was filled in stays where its block stays."""
    ready = {**content, "blocks": list(filled(content["blocks"]))}
    kept = {block["block_id"] for block in ready["blocks"]}
    state = {block_id: values for block_id, values in view.state.items() if block_id in kept}
    after = replace(view, content=ready, hash=workspace.new_hash(), state=state, errors={})
    workspace.put_view(after)
    return after


def pushed(workspace: Workspace, user: str, content: Json) -> View:
    """Another modal on top of those open on that person's screen.

    Raises:
        RefusalError: `push_limit_reached` above three.
    """
    stack = workspace.modals[user]
    if len(stack) >= _DEEPEST:
        raise RefusalError("push_limit_reached")
    above = stack[-1] if stack else None
    place = {"root_id": stack[0].id, "previous_id": above.id} if above else {}
    view = workspace.new_view(user, content, **place)
    workspace.show_modal(user, [*stack, view])
    return view


def _answer(call: Call, view: View) -> Json:
    workspace = call.workspace
    return {"view": view.as_json(workspace.team_id, workspace.app_id, workspace.bot_id)}


def _unique_external_id(call: Call, content: Json, own: View | None = None) -> None:
    wanted = content.get("external_id")
    opened = [view for stack in call.workspace.modals.values() for view in stack]
    if wanted and any(v.content.get("external_id") == wanted and (own is None or v.id != own.id) for v in opened):
        raise RefusalError("duplicate_external_id")


@method("views.open")
def open_view(call: Call) -> Json:
    """Open a modal for the person whose act the trigger came from."""
    content = checked(call.args.structure("view"))
    _unique_external_id(call, content)
    user = call.workspace.triggers.spend(call.args.text("trigger_id") or call.args.need("interactivity_pointer"))
    view = call.workspace.new_view(user, content)
    call.workspace.show_modal(user, [view])
    return _answer(call, view)


@method("views.push")
def push(call: Call) -> Json:
    """Open a modal above the one open, three at most."""
    content = checked(call.args.structure("view"))
    _unique_external_id(call, content)
    user = call.workspace.triggers.spend(call.args.text("trigger_id") or call.args.need("interactivity_pointer"))
    return _answer(call, pushed(call.workspace, user, content))


@method("views.update")
def update(call: Call) -> Json:
    """Change an open modal, if it is still what `hash` says it was."""
    view = _wanted(call)
    content = checked(call.args.structure("view"), str(view.content.get("type", "modal")))
    _unique_external_id(call, content, view)
    if call.args.text("hash") not in ("", view.hash):
        raise RefusalError("hash_conflict")
    return _answer(call, updated(call.workspace, view, content))


def _wanted(call: Call) -> View:
    wanted, external = call.args.text("view_id"), call.args.text("external_id")
    if not wanted and not external:
        raise RefusalError.of_arguments("missing required field: view_id")
    opened = [view for stack in call.workspace.modals.values() for view in stack]
    named = (v for v in opened if external and v.content.get("external_id") == external)
    view = call.workspace.view(wanted) if wanted else next(named, None)
    if view is None:
        raise RefusalError("not_found")
    return view


@method("views.publish")
def publish(call: Call) -> Json:
    """Show a Home tab to one person."""
    user = call.person("user_id", "invalid_arguments").id
    if not call.manifest.home_enabled:
        raise RefusalError("not_enabled")
    content = checked(call.args.structure("view"), "home")
    before = call.workspace.homes.get(user)
    if before is not None and call.args.text("hash") not in ("", before.hash):
        raise RefusalError("hash_conflict")
    same = {"root_id": before.root_id} if before else {}
    view = call.workspace.new_view(user, content, **same)
    view = replace(view, id=before.id if before else view.id)
    call.workspace.show_home(user, view)
    return _answer(call, view)
