"""Random worlds for the model of access, made so that what nearly fits meets often: few names, some of which look
alike; the same fragments everywhere; trees with several ways to one object, and with a past."""

from hypothesis import strategies as st

# `c8y_Restart` and what looks like it (R042); a long name that begins like a short one; one for everybody.
FRAGMENTS = ["c8y_Restart", "c8yRestart", "c8y_T", "c8y_Te", "c8y_Global"]
NAMED = [*FRAGMENTS, "*", "*"]

SCOPES = ["MANAGED_OBJECT", "MEASUREMENT", "OPERATION", "OPERATIONS", "EVENT", "ALARM", "BINARY", "AUDIT", "*"]
LIKELY_SCOPES = ["MANAGED_OBJECT", "MEASUREMENT", *SCOPES]
LEVELS = ["READ", "ADMIN", "*", "CHANGE", "ALL"]

ROLES = [
    f"ROLE_{stem}_{level}"
    for stem in ["INVENTORY", "MANAGED_OBJECT", "MEASUREMENT", "EVENT", "ALARM", "DEVICE_CONTROL", "BINARY", "IDENTITY"]
    for level in ["READ", "ADMIN"]
]
ROLES += ["ROLE_AUDIT_READ", "ROLE_AUDIT_ADMIN"]
# These say nothing about an object that is there.
OTHER_ROLES = [
    "ROLE_INVENTORY_CREATE", "ROLE_MANAGED_OBJECT_CREATE", "ROLE_DEVICE", "ROLE_USER_MANAGEMENT_READ",
    "ROLE_USER_MANAGEMENT_OWN_READ", "ROLE_USER_MANAGEMENT_OWN_ADMIN", "ROLE_TENANT_ADMIN",
]

OBJECTS_MAX = 6
# Trees grow from the low numbers, so rules are mostly about those. The last one is never there.
IDS = [*"1112233", *map(str, range(4, OBJECTS_MAX + 2))]
KINDS = st.sampled_from(["device", "asset", "addition"])

GROUPS = ["devices", "haulier", "haulier2"]
USERS = ["ann", "device_ann", "smith"]
INVENTORY_ROLES = ["reader", "manager"]

fragment_sets = st.lists(st.sampled_from(FRAGMENTS), max_size=3, unique=True)


def rules(most):
    # One object more often than every object, which hides all else.
    object_ = st.sampled_from([*IDS, *IDS, "*"])
    parts = st.tuples(object_, st.sampled_from(LIKELY_SCOPES), st.sampled_from(NAMED), st.sampled_from(LEVELS))
    return st.lists(parts.map(", ".join), max_size=most)


def permissions():
    parts = st.tuples(st.sampled_from(SCOPES), st.sampled_from(NAMED), st.sampled_from(LEVELS))
    return st.lists(parts.map(":".join), max_size=2)


# Most have no role: a role makes everything else about its scope irrelevant.
few_roles = st.one_of(
    st.just([]), st.just([]),
    st.lists(st.sampled_from(OTHER_ROLES), max_size=2, unique=True),
    st.lists(st.sampled_from(ROLES + OTHER_ROLES), max_size=2, unique=True),
)
some_groups = st.lists(st.sampled_from(GROUPS), max_size=2, unique=True)


def users(name):
    return st.fixed_dictionaries({
        "name": st.just(name),
        "kind": st.sampled_from(["human", "device", "service"] + ["device"] * 6 * name.startswith("device_")),
        "state": st.sampled_from(["enabled"] * 7 + ["disabled", "deleted", "recreated"]),
        "roles": few_roles,
        "groups": some_groups,
        "former_groups": some_groups,
        "rules": rules(4),
        "former_rules": rules(1),
        "assignments": st.lists(
            st.fixed_dictionaries({
                "object": st.sampled_from([*IDS, "*"]), "role": st.sampled_from(INVENTORY_ROLES),
            }),
            max_size=1,
        ),
    })


def groups(name):
    # What `devices` holds counts for what is one's own only: so it may hold much.
    roles = st.lists(st.sampled_from(ROLES + OTHER_ROLES), max_size=4, unique=True) if name == "devices" else few_roles
    return st.fixed_dictionaries({"name": st.just(name), "roles": roles, "rules": rules(2)})


def objects(number, names):
    return st.fixed_dictionaries({
        "id": st.just(number),
        "owner": st.sampled_from(names),
        "fragments": fragment_sets,
        "former_fragments": fragment_sets,
        "file": st.sampled_from([True, True, False]),
    })


@st.composite
def operations(draw, owners):
    """Mostly on a device's own object, by somebody who owns what is named: a loan that counts is rare otherwise."""
    numbers = st.sampled_from(sorted(owners))
    own = [number for number in sorted(owners) if owners[number].startswith("device_")]
    named = draw(st.lists(numbers, min_size=1, max_size=3, unique=True))
    return {
        "device": draw(st.sampled_from(own * 3 + sorted(owners))),
        "creator": draw(st.sampled_from([owners[named[0]]] * 4 + sorted(set(owners.values())))),
        "names": named,
        "names_later": draw(st.lists(numbers, max_size=2, unique=True)),
        "state": draw(st.sampled_from(["open", "open", "begun", "over"])),
    }


def steps(count):
    number = st.integers(1, count)
    edges = st.tuples(KINDS, number, number).map(list)
    link, unlink = edges.map(lambda edge: {"link": edge}), edges.map(lambda edge: {"unlink": edge})
    delete = number.map(lambda one: {"delete": one})
    return st.lists(st.one_of(link, link, link, link, link, unlink, delete), max_size=count)


@st.composite
def frames(draw, count):
    """A chain or a fan, which random edges seldom make; or nothing."""
    above = draw(st.sampled_from([lambda at: at - 1, lambda at: 1, None]))
    if above is None:
        return []
    return [{"link": [draw(KINDS), above(at), at]} for at in range(2, count + 1)]


@st.composite
def tenants(draw, people=tuple(USERS)):
    count = draw(st.integers(2, OBJECTS_MAX))
    # `unlink` of an edge that is there, at times.
    taken = draw(frames(count)) + draw(steps(count))
    linked = [step["link"] for step in taken if "link" in step]
    if linked:
        taken += [{"unlink": edge} for edge in draw(st.lists(st.sampled_from(linked), max_size=1))]
    gone = {step["delete"] for step in taken if "delete" in step}
    left = [number for number in range(1, count + 1) if number not in gone]
    pieces = draw(st.lists(st.tuples(st.sampled_from(left), fragment_sets), max_size=5)) if left else []
    things = [draw(objects(number, people)) for number in range(1, count + 1)]
    owners = {thing["id"]: thing["owner"] for thing in things if thing["id"] in left}
    asked = draw(st.lists(operations(owners), max_size=6)) if left else []
    return {
        "only_accessible_fragments": draw(st.booleans()),
        "users": [draw(users(name)) for name in people],
        "groups": [draw(groups(name)) for name in GROUPS],
        "inventory_roles": [{"name": name, "permissions": draw(permissions())} for name in INVENTORY_ROLES],
        "objects": things,
        "steps": taken,
        "pieces": [
            {"id": place, "object": number, "fragments": fragments}
            for place, (number, fragments) in enumerate(pieces, start=1)
        ],
        "operations": asked,
    }


# The second tenant has the same names and numbers: nothing of one may mean anything in the other.
worlds = st.tuples(tenants(), tenants(people=("ann",))).map(list)
asked_fragments = st.lists(fragment_sets, min_size=2, max_size=3, unique_by=lambda one: tuple(sorted(one)))
asked_scopes = st.sampled_from(["EVENT", "ALARM", "OPERATION", "BINARY"])
