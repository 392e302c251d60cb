"""Who may do what, said a second time: the rules of access (R001 to R048, R115) as a plain and slow Python model.

Written from the requirements alone. It shares no code, no tables and no structure with the program; it knows nothing
of storage, indexes or the REST API. Where the two disagree, one of them is wrong: `test_model.py` asks both.

A tenant of a world is plain data, as it goes to the program in JSON:

    {"only_accessible_fragments": false,
     "users": [{"name": "ann", "kind": "human", "state": "enabled", "roles": [], "groups": ["readers"],
                "rules": ["3, MEASUREMENT, c8y_T, READ"], "assignments": [{"object": "3", "role": "reader"}],
                "former_groups": [], "former_rules": []}],
     "groups": [{"name": "readers", "roles": [], "rules": []}],
     "inventory_roles": [{"name": "reader", "permissions": ["*:*:READ"]}],
     "objects": [{"id": 3, "owner": "ann", "fragments": ["c8y_T"], "former_fragments": []}],
     "steps": [{"link": ["asset", 1, 3]}, {"unlink": ["asset", 1, 3]}, {"delete": 3}],
     "pieces": [{"id": 7, "object": 3, "fragments": ["c8y_T"]}],
     "operations": [{"device": 1, "creator": "ann", "names": [3], "state": "open", "names_later": [4]}]}

The state of a user is `enabled`, `disabled`, `deleted`, or `recreated`: deleted, and then made again under the same
name. What the first of that name owned and was granted, the second does not have (R046); `owner` names the first. The
steps happen to the objects in their order; what is `former` was there before and means nothing any more. Edges are of
the kinds `device`, `asset` and `addition`. Pieces are measurements. An object may be a `file`, of whose content others
may be told to fetch it: an operation names it, from the beginning or later, and is `open`, `begun` or `over`. The first
users of their names are the creators of operations, which come after the steps.
"""

ALLOWED, FORBIDDEN, MISSING, SIGNED_OUT = "allowed", "forbidden", "missing", "signed out"

DATA_SCOPES = ["MEASUREMENT", "EVENT", "ALARM", "OPERATION", "AUDIT", "BINARY"]

# What a role's name begins with, for the things it opens throughout the tenant (R020, R025).
ROLE_STEMS = {
    "MANAGED_OBJECT": ["ROLE_INVENTORY", "ROLE_MANAGED_OBJECT"],
    "MEASUREMENT": ["ROLE_MEASUREMENT"],
    "EVENT": ["ROLE_EVENT"],
    "ALARM": ["ROLE_ALARM"],
    "OPERATION": ["ROLE_DEVICE_CONTROL"],
    "AUDIT": ["ROLE_AUDIT"],
    "BINARY": ["ROLE_BINARY", "ROLE_INVENTORY"],
    "EXTERNAL_ID": ["ROLE_IDENTITY"],
}

# Roles that mean as much through the group `devices` as anywhere else; all others count there for what is one's own.
NEVER_NARROWED = {
    "ROLE_DEVICE", "ROLE_INVENTORY_CREATE", "ROLE_USER_MANAGEMENT_OWN_READ", "ROLE_USER_MANAGEMENT_OWN_ADMIN",
}


def answer(tenant, user, action, object_id, fragments=frozenset()):
    """What the user is answered: ALLOWED, FORBIDDEN or MISSING; SIGNED_OUT if it may do nothing at all.

    Actions: `read`, `update` (fragments: the new ones), `delete` of an object; `content`, to read it as a file; `create`, a new
    object; `create_below`, one that is to be a child of the object (hanging it there is asked besides, as an `update`); `ids_read` and `ids_admin`, the object's external ids;
    `SCOPE.add`, a new piece of data about the object; `SCOPE.get` and `SCOPE.remove` of one that exists and has these
    fragments.
    """
    if user["state"] in ("disabled", "deleted"):
        return SIGNED_OUT
    if action == "create":
        allowed = may_create(tenant, user, fragments)
        return ALLOWED if allowed else FORBIDDEN
    thing = find(tenant, object_id)
    if thing is None:
        return MISSING
    if allows(tenant, user, action, thing, frozenset(fragments)) or is_lent(tenant, user, action, thing):
        return ALLOWED
    if not knows(tenant, user, thing):
        return MISSING
    scope, _, verb = action.partition(".")
    if verb in ("get", "remove") and not knows_otherwise(tenant, user, thing):
        # Known by permissions alone: data that none of them reaches is not there. What is shown in part is reached.
        reached = any(
            allows(tenant, user, f"{scope}.{verb}", thing, frozenset(fragments)) for verb in ("get", "remove")
        )
        return FORBIDDEN if reached else MISSING
    return FORBIDDEN


def visible(tenant, user):
    """The ids of all objects that a list shows. What is only lent is none of them."""
    if user["state"] in ("disabled", "deleted"):
        return set()
    return {thing["id"] for thing in objects(tenant) if allows(tenant, user, "read", thing, frozenset())}


def visible_pieces(tenant, user):
    """All measurements that a list shows, each with the fragments that are shown: {id: set of names}."""
    shown = {}
    for piece in tenant["pieces"]:
        fragments = frozenset(piece["fragments"])
        if answer(tenant, user, "MEASUREMENT.get", piece["object"], fragments) != ALLOWED:
            continue
        shown[piece["id"]] = fragments & shown_fragments(tenant, user, piece)
    return shown


def shown_fragments(tenant, user, piece):
    thing, fragments = find(tenant, piece["object"]), frozenset(piece["fragments"])
    if by_role(user_roles(tenant, user), "MEASUREMENT", "READ") or owns(tenant, user, thing):
        return fragments
    names = granted_names(tenant, user, thing, "MEASUREMENT", "READ")
    return fragments if "*" in names else fragments & names


def allows(tenant, user, action, thing, fragments):
    roles = user_roles(tenant, user)
    stored = frozenset(thing["fragments"])
    if action == "read":
        return (
            by_role(roles, "MANAGED_OBJECT", "READ")
            or owns(tenant, user, thing)
            or is_global(thing)
            or covers(tenant, user, thing, "MANAGED_OBJECT", "READ", stored)
        )
    if action == "content":
        # Of a file the right may be for some fragments only; then it is the file that says no.
        return (
            by_role(roles, "BINARY", "READ")
            or owns(tenant, user, thing)
            or is_global(thing)
            or len(granted_names(tenant, user, thing, "BINARY", "READ")) > 0
        )
    if action in ("update", "delete"):
        # What cannot be edited as it is, cannot be made editable by what is put into it: an object without fragments
        # needs `*`, whatever it is to get. Then an update needs the old and the new fragments together.
        touched = stored | fragments
        return (
            by_role(roles, "MANAGED_OBJECT", "ADMIN")
            or owns(tenant, user, thing)
            or (
                covers(tenant, user, thing, "MANAGED_OBJECT", "ADMIN", stored)
                and covers(tenant, user, thing, "MANAGED_OBJECT", "ADMIN", touched)
            )
        )
    if action == "create_below":
        # To be the owner of the parent is not enough.
        return (
            by_role(roles, "MANAGED_OBJECT", "ADMIN")
            or by_role(roles, "MANAGED_OBJECT", "CREATE")
            or covers(tenant, user, thing, "MANAGED_OBJECT", "ADMIN", fragments)
        )
    if action in ("ids_read", "ids_admin"):
        level = "READ" if action == "ids_read" else "ADMIN"
        return (
            by_role(roles, "EXTERNAL_ID", level)
            or owns(tenant, user, thing)
            or covers(tenant, user, thing, "MANAGED_OBJECT", level, stored)
        )
    scope, verb = action.split(".")
    level = {"add": "ADMIN", "get": "READ", "remove": "ADMIN"}[verb]
    if by_role(roles, scope, level) or owns(tenant, user, thing):
        return True
    if scope == "MEASUREMENT" and verb == "get" and tenant["only_accessible_fragments"]:
        # With the tenant's option foreign fragments are left out, and the rest is shown (R033).
        names = granted_names(tenant, user, thing, scope, level)
        return "*" in names or any(name in names for name in fragments)
    return covers(tenant, user, thing, scope, level, fragments)


def may_create(tenant, user, fragments):
    roles = user_roles(tenant, user)
    return by_role(roles, "MANAGED_OBJECT", "ADMIN") or by_role(roles, "MANAGED_OBJECT", "CREATE")


# Who knows of an object ----------------------------------------------------------------------------------------------


def knows(tenant, user, thing):
    """Whether a refusal may tell that the object is there: some right on it, though not this one."""
    if knows_otherwise(tenant, user, thing):
        return True
    stored = frozenset(thing["fragments"])
    for level in ("READ", "ADMIN"):
        if covers(tenant, user, thing, "MANAGED_OBJECT", level, stored):
            return True
        if any(granted_names(tenant, user, thing, scope, level) for scope in DATA_SCOPES):
            return True
    return False


def knows_otherwise(tenant, user, thing):
    """The same, without counting permissions on objects."""
    roles = user_roles(tenant, user)
    levels = ("READ", "ADMIN")
    return (
        owns(tenant, user, thing)
        or is_global(thing)
        or is_lent(tenant, user, "read", thing)
        or is_lent(tenant, user, "content", thing)
        or any(by_role(roles, scope, level) for scope in ROLE_STEMS for level in levels)
    )


# The four sources of rights ------------------------------------------------------------------------------------------


def by_role(roles, scope, level):
    return any(f"{stem}_{level}" in roles for stem in ROLE_STEMS[scope])


def user_roles(tenant, user):
    """The roles that count throughout the tenant: of the user and of the groups, together (R005)."""
    roles = set(user["roles"]) if user["state"] != "recreated" else set()
    for group in user_groups(tenant, user):
        if group["name"] == "devices":
            roles |= set(group["roles"]) & NEVER_NARROWED
        else:
            roles |= set(group["roles"])
    return roles


def owns(tenant, user, thing):
    """An owner may do everything with the object and its data (R046, R047). A device's ownership reaches below."""
    if user["state"] != "enabled":
        return False
    if thing["owner"] == user["name"]:
        return True
    above = line(tenant, thing) if user["kind"] == "device" else []
    return any(one["owner"] == user["name"] for one in above)


def is_global(thing):
    """`c8y_Global` opens reading the object itself, to everybody of the tenant (R037)."""
    return "c8y_Global" in thing["fragments"]


def is_lent(tenant, user, action, thing):
    """Whether an open operation tells a device to fetch this, and its creator could read it himself (R023)."""
    if user["kind"] != "device" or not thing["file"] or action not in ("read", "content"):
        return False
    for operation in tenant["operations"]:
        device = find(tenant, operation["device"])
        # What is named later counts for nothing: the device itself may have written it.
        if operation["state"] == "over" or device is None or thing["id"] not in operation["names"]:
            continue
        if owns(tenant, user, device) and may_lend(tenant, operation["creator"], action, thing):
            return True
    return False


def may_lend(tenant, name, action, thing):
    """Whether the user who first had this name is still there and may do this by himself, with all of the object."""
    [creator] = [user for user in tenant["users"] if user["name"] == name]
    if creator["state"] != "enabled":
        return False
    if action == "read":
        return allows(tenant, creator, "read", thing, frozenset())
    return (
        by_role(user_roles(tenant, creator), "BINARY", "READ")
        or owns(tenant, creator, thing)
        or is_global(thing)
        or covers(tenant, creator, thing, "BINARY", "READ", frozenset(thing["fragments"]))
    )


def covers(tenant, user, thing, scope, level, fragments):
    """Whether permissions reach every fragment. Where there are none, only `*` reaches (R033, R034)."""
    names = granted_names(tenant, user, thing, scope, level)
    if "*" in names:
        return True
    return len(fragments) > 0 and all(name in names for name in fragments)


def granted_names(tenant, user, thing, scope, level):
    """The fragments that permissions on this object, or on what it hangs below, name for a scope and level."""
    names = set()
    here = [one["id"] for one in line(tenant, thing)]
    for rule in user_rules(tenant, user):
        rule_object, rule_scope, fragment, rule_level = [part.strip() for part in rule.split(",")]
        if rule_scope == "OPERATIONS":
            rule_scope = "OPERATION"
        rule_level = {"CHANGE": "ADMIN", "ALL": "*"}.get(rule_level, rule_level)
        if rule_object != "*" and int(rule_object) not in here:
            continue
        if rule_scope in ("*", scope) and rule_level in ("*", level):
            names.add(fragment)
    return names


def user_rules(tenant, user):
    """All permissions of a user in the one-line form: own, through inventory roles, and of the groups (R027, R038)."""
    rules = []
    if user["state"] == "enabled":
        rules += user["rules"]
        for assignment in user["assignments"]:
            for role in tenant["inventory_roles"]:
                if role["name"] == assignment["role"]:
                    rules += [f"{assignment['object']}:{one}".replace(":", ",") for one in role["permissions"]]
    for group in user_groups(tenant, user):
        rules += group["rules"]
    return rules


def user_groups(tenant, user):
    if user["state"] == "recreated":
        return []
    return [group for group in tenant["groups"] if group["name"] in user["groups"]]


# The tree ------------------------------------------------------------------------------------------------------------


def line(tenant, thing):
    """The object and everything it hangs below as a child device or child asset, however far (R039)."""
    inherited = [(parent, child) for kind, parent, child in edges(tenant) if kind in ("device", "asset")]
    found, todo = [], [thing["id"]]
    while todo:
        here = todo.pop()
        if here not in found:
            found.append(here)
            todo += [parent for parent, child in inherited if child == here]
    return [find(tenant, here) for here in found]


def edges(tenant):
    return replay(tenant)[0]


def refused_steps(tenant):
    """The places of the steps that change nothing: circles, ends that are not there, edges that are not there."""
    return replay(tenant)[2]


def objects(tenant):
    gone = replay(tenant)[1]
    return [thing for thing in tenant["objects"] if thing["id"] not in gone]


def find(tenant, object_id):
    """An object of this tenant. Those of other tenants are not there (R115)."""
    for thing in objects(tenant):
        if thing["id"] == object_id:
            return thing
    return None


def replay(tenant):
    """The edges and the deleted objects after all steps, and the places of those steps that were refused."""
    known = "replayed"
    if known not in tenant:
        now, gone, refused = [], [], []
        for place, step in enumerate(tenant["steps"]):
            if not take(tenant, step, now, gone):
                refused.append(place)
        tenant[known] = (now, gone, refused)
    return tenant[known]


def take(tenant, step, now, gone):
    there = [thing["id"] for thing in tenant["objects"] if thing["id"] not in gone]
    if "delete" in step:
        if step["delete"] not in there:
            return False
        gone.append(step["delete"])
        now[:] = [edge for edge in now if step["delete"] not in edge[1:]]
        return True
    if "unlink" in step:
        if step["unlink"] not in now:
            return False
        now.remove(step["unlink"])
        return True
    kind, parent, child = step["link"]
    # Nothing hangs below itself, by whichever kinds of edges (R022).
    if parent not in there or child not in there or child == parent or is_above(now, child, parent):
        return False
    if step["link"] not in now:
        now.append(step["link"])
    return True


def is_above(now, upper, lower):
    """Whether there is a way up from the lower object to the upper one."""
    parents = [parent for _, parent, child in now if child == lower]
    return upper in parents or any(is_above(now, upper, parent) for parent in parents)
