"""The program and the model of the rules of access give the same answers, and show the same in lists, in random worlds.

`HOLDFAST_MODEL_DECISIONS` says how many decisions are compared (10^5 unless it is set); a long run takes 10^7. The
program is asked through `answers`, an example of the crate `testkit`, which loads each world into a real store.
"""

import copy
import itertools
import json
import os
import subprocess
from pathlib import Path

import pytest
import reference
import worlds
from hypothesis import HealthCheck, Phase, given, seed, settings

DECISIONS = int(os.environ.get("HOLDFAST_MODEL_DECISIONS", 100_000))
# About as many as a world is asked; a few less, so that the sum is never short.
DECISIONS_PER_WORLD = 400
PROGRAM = Path(os.environ.get("HOLDFAST_PROGRAM", "target/debug/holdfast")).parent / "examples" / "answers"

OBJECT_ACTIONS = ["read", "content", "delete", "ids_read", "ids_admin"]
FRAGMENT_ACTIONS = ["update", "create_below", "MEASUREMENT.add", "MEASUREMENT.get", "MEASUREMENT.remove"]


class Program:
    """The program, answering one world after the other."""

    def __init__(self):
        self.process = None

    def ask(self, text):
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen([PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(text + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the program ended on this world; what it said stands above\n{text}"
        return json.loads(line)

    def end(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()


@pytest.fixture(scope="module")
def program():
    running = Program()
    yield running
    running.end()


compared = {"decisions": 0, "lists": 0}


# R001 to R005, R018 to R021, R023 to R028, R031 to R035, R037 to R042, R046 to R048, R115
@settings(
    max_examples=max(1, DECISIONS // DECISIONS_PER_WORLD),
    deadline=None,
    derandomize=DECISIONS <= 100_000,
    database=None,
    suppress_health_check=list(HealthCheck),
    print_blob=False,
    # A world that fails is made small below: that knows which parts belong together, and takes seconds.
    phases=[Phase.generate],
)
@given(world=worlds.worlds, fragments=worlds.asked_fragments, scope=worlds.asked_scopes)
def compare(program, world, fragments, scope):
    ask = all_questions(world, fragments, scope)
    compared["decisions"] += len(ask)
    if differences(program, world, ask):
        found_after = compared["decisions"]
        world = smallest(world, lambda smaller: differences(program, smaller, all_questions(smaller, fragments, scope)))
        faults = differences(program, world, all_questions(world, fragments, scope))
        raise AssertionError("\n".join([f"found after {found_after} decisions", *faults[:8], *describe(world)]))


def differences(program, world, questions):
    said = program.ask(json.dumps({"tenants": world, "questions": questions}))
    modelled = copy.deepcopy(world)
    return wrong_answers(modelled, questions, said["answers"]) + wrong_lists(modelled, said)


def smallest(world, fails):
    """The world without what it fails without."""
    at = 0
    while (less := next(itertools.islice(with_one_part_less(world), at, None), None)) is not None:
        if fails(less):
            world = less
        else:
            at += 1
    return world


def with_one_part_less(world):
    """Every world that has one part less than this one and still makes sense."""
    for at, tenant in enumerate(world):
        for key in ("users", "groups", "inventory_roles", "objects"):
            for one in tenant[key]:
                less = copy.deepcopy(world)
                less[at][key].remove(one)
                if makes_sense(less[at]):
                    yield less
        for key in ("steps", "pieces", "operations"):
            yield from without_one(world, [at, key])
        for key in ("users", "groups", "inventory_roles", "objects", "operations"):
            for place, one in enumerate(tenant[key]):
                for inner in one:
                    if isinstance(one[inner], list):
                        yield from without_one(world, [at, key, place, inner])
        for place, user in enumerate(tenant["users"]):
            if user["state"] != "enabled":
                less = copy.deepcopy(world)
                less[at]["users"][place]["state"] = "enabled"
                yield less


def without_one(world, way):
    for place in range(len(part_of(world, way))):
        less = copy.deepcopy(world)
        del part_of(less, way)[place]
        yield less


def part_of(world, way):
    for step in way:
        world = world[step]
    return world


def makes_sense(tenant):
    """Whether everything that is spoken of by its name is there."""
    users, groups = ([one["name"] for one in tenant[key]] for key in ("users", "groups"))
    roles = [role["name"] for role in tenant["inventory_roles"]]
    numbers = [thing["id"] for thing in tenant["objects"]]
    return (
        all(thing["owner"] in users for thing in tenant["objects"])
        and all(piece["object"] in numbers for piece in tenant["pieces"])
        and all(asked["creator"] in users and asked["device"] in numbers for asked in tenant["operations"])
        and all(group in groups for user in tenant["users"] for group in user["groups"] + user["former_groups"])
        and all(one["role"] in roles for user in tenant["users"] for one in user["assignments"])
    )


def test_the_program_decides_as_the_model_does(program):
    compare(program)
    print(f"{compared['decisions']} decisions and {compared['lists']} lists compared")
    assert compared["decisions"] >= DECISIONS


def all_questions(world, fragments, scope):
    """Every user about every object of its tenant, and about one that is not there."""
    actions = [(action, []) for action in OBJECT_ACTIONS]
    with_fragments = FRAGMENT_ACTIONS + [f"{scope}.{verb}" for verb in ("add", "get", "remove")]
    actions += [(action, names) for action in with_fragments for names in fragments]
    questions = []
    for at, tenant in enumerate(world):
        # An object of the other tenant that this one does not have is among these numbers.
        numbers = range(1, max([thing["id"] for one in world for thing in one["objects"]], default=0) + 2)
        for place, user in enumerate(tenant["users"]):
            questions.append([at, place, "create", 1, []])
            # Who cannot sign in is told so before anything is looked at.
            asked = actions if user["state"] in ("enabled", "recreated") else actions[:1]
            questions += [[at, place, action, number, names] for number in numbers for action, names in asked]
    return questions


def wrong_answers(world, questions, said):
    faults = []
    for (at, place, action, number, names), answer in zip(questions, said, strict=True):
        user = world[at]["users"][place]
        expected = reference.answer(world[at], user, action, number, frozenset(names))
        if answer != expected:
            about = f"{action} of object {number}" + (f" with {names}" if names or "." in action else "")
            faults.append(f"t{at + 1}/{user['name']}: {about}: the model says {expected}, the program {answer}")
    return faults


def wrong_lists(world, said):
    faults = []
    for at, tenant in enumerate(world):
        if said["refused"][at] != reference.refused_steps(tenant):
            faults.append(f"t{at + 1}: the program refuses the steps {said['refused'][at]}")
        for user, lists in zip(tenant["users"], said["lists"][at], strict=True):
            faults += [f"t{at + 1}/{user['name']}: {fault}" for fault in wrong_lists_of(tenant, user, lists)]
    return faults


def wrong_lists_of(tenant, user, lists):
    if user["state"] in ("disabled", "deleted"):
        return [] if lists is None else ["shown lists, but cannot sign in"]
    objects = sorted(reference.visible(tenant, user))
    shown = {str(id_): sorted(names) for id_, names in reference.visible_pieces(tenant, user).items()}
    expected = {
        "found": objects, "total": len(objects), "listed": objects,
        "walked": sorted(map(int, shown)), "walked_by_source": sorted(map(int, shown)),
        "pieces": shown, "read": shown,
    }
    compared["lists"] += len(expected)
    return [
        f"list `{name}`: the model says {expected[name]}, the program {lists[name]}"
        for name in expected if lists[name] != expected[name]
    ]


def describe(world):
    """The world as people write it down."""
    lines = []
    for at, tenant in enumerate(world):
        lines.append(f"tenant t{at + 1}" + (", shows parts" if tenant["only_accessible_fragments"] else ""))
        for role in tenant["inventory_roles"]:
            if role["permissions"]:
                lines.append(f"  inventory role {role['name']}: {', '.join(role['permissions'])}")
        for one in tenant["groups"] + tenant["users"]:
            parts = [f"{key}: {value}" for key, value in one.items() if key != "name" and value not in ([], "enabled")]
            if "kind" in one or parts:
                lines.append(f"  {'user' if 'kind' in one else 'group'} {one['name']}: {'; '.join(parts)}")
        for thing in tenant["objects"]:
            former = f" (before: {thing['former_fragments']})" if thing["former_fragments"] else ""
            what = "file" if thing["file"] else "object"
            lines.append(f"  {what} {thing['id']} of {thing['owner']}: {thing['fragments']}{former}")
        lines += [f"  step {place}: {step}" for place, step in enumerate(tenant["steps"])]
        lines += [f"  measurement {one['id']} of {one['object']}: {one['fragments']}" for one in tenant["pieces"]]
        lines += [f"  operation: {asked}" for asked in tenant["operations"]]
    return lines
