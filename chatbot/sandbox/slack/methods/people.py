"""`users.*`, `usergroups.*`, `auth.test`, `bots.info`, `team.info`, `apps.connections.open`: who is who.

https://docs.slack.dev/reference/methods
"""

from __future__ import annotations

from chatbot.sandbox.slack.methods.call import Call, Token, method
from chatbot.sandbox.slack.refusal import RefusalError
from chatbot.sandbox.slack.values import Json, Person, Usergroup


def _person(call: Call, person: Person) -> Json:
    real_name = person.real_name or person.name
    profile: Json = {"real_name": real_name, "display_name": person.name, "team": call.workspace.team_id}
    if person.email and "users:read.email" in call.manifest.scopes:
        profile["email"] = person.email
    return {
        "id": person.id,
        "team_id": call.workspace.team_id,
        "name": person.name,
        "real_name": real_name,
        "color": person.color,
        "deleted": person.left,
        "tz": person.timezone,
        "is_bot": person.bot_id is not None,
        "is_app_user": False,
        "profile": profile,
    }


@method("users.info", "users:read")
def user_info(call: Call) -> Json:
    """One person."""
    return {"user": _person(call, call.person())}


@method("users.list", "users:read")
def user_list(call: Call) -> Json:
    """Everybody, a page at a time."""
    rows, metadata = call.page([*call.workspace.people.values()], default=200, most=1000)
    return {"members": [_person(call, person) for person in rows], "response_metadata": metadata}


@method("users.lookupByEmail", "users:read.email")
def look_up(call: Call) -> Json:
    """The person with that address."""
    wanted = call.args.need("email").lower()
    here = (person for person in call.workspace.people.values() if not person.left)
    found = next((person for person in here if (person.email or "").lower() == wanted), None)
    if found is None:
        raise RefusalError("users_not_found")
    return {"user": _person(call, found)}


def _group(call: Call, group: Usergroup) -> Json:
    shape: Json = {
        "id": group.id,
        "team_id": call.workspace.team_id,
        "is_usergroup": True,
        "name": group.name,
        "handle": group.handle,
        "date_delete": 0,
        "user_count": len(group.members),
    }
    return shape | ({"users": [*group.members]} if call.args.flag("include_users") else {})


@method("usergroups.list", "usergroups:read")
def group_list(call: Call) -> Json:
    """Every user group."""
    return {"usergroups": [_group(call, group) for group in call.workspace.usergroups.values()]}


@method("usergroups.users.list", "usergroups:read")
def group_users(call: Call) -> Json:
    """Who is in a user group."""
    group = call.workspace.usergroups.get(call.args.need("usergroup"))
    if group is None:
        raise RefusalError("no_such_subteam")
    return {"users": [*group.members]}


@method("auth.test")
def auth_test(call: Call) -> Json:
    """Whose token this is."""
    workspace = call.workspace
    return {
        "url": f"{workspace.url}/",
        "team": workspace.team_name,
        "user": workspace.bot_name,
        "team_id": workspace.team_id,
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


@method("bots.info", "users:read")
def bot_info(call: Call) -> Json:
    """The bot itself; there is no other."""
    workspace = call.workspace
    if call.args.text("bot", workspace.bot_id) != workspace.bot_id:
        raise RefusalError("bot_not_found")
    bot = {"id": workspace.bot_id, "deleted": False, "name": workspace.bot_name, "app_id": workspace.app_id,
           "user_id": workspace.bot_user, "icons": {}}  # fmt: skip
    return {"bot": bot}


@method("team.info", "team:read")
def team_info(call: Call) -> Json:
    """The workspace."""
    workspace = call.workspace
    return {"team": {"id": workspace.team_id, "name": workspace.team_name, "domain": "sandbox", "email_domain": ""}}


@method("apps.connections.open", token=Token.APP)
def open_connection(call: Call) -> Json:
    """An address for one Socket Mode connection."""
    return {"url": call.new_socket()}
