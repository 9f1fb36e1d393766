"""Generated stories with questions like those of bAbI: no download, and any number of them."""

import numpy as np

from episodes._checks import check_integer, check_seed
from episodes.questions.story import Question
from episodes.questions.world import PEOPLE, PLACES, World

_COUNTS = ("none", "one", "two", "three", "four")
_STEPS = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}


def generate_questions(task, count, seed=0):
    """Generates stories, each with a question about it.

    Args:
        task: number of the bAbI task that the questions are like: 1, 2 and 3 (one, two and three
            supporting facts), 6 (yes or no), 7 (counting), 8 (lists) or 19 (finding a path).
        count: number of questions.
        seed: int, or tuple of ints. Question i of a seed is always the same. Defaults to `0`.

    Returns:
        List of `Question`.

    Raises:
        ValueError: if `task` is not one of these, or `count` or `seed` is not such a number.

    Example:

    >>> question = generate_questions(task=1, count=1, seed=0)[0]
    >>> question.story[question.supporting[0]][-1] == question.answer[0]
    True
    """
    if task not in _ASKERS:
        raise ValueError(
            f"no stories are generated for task {task}: choose from {', '.join(map(str, _ASKERS))}."
        )
    check_integer("count", count, least=0)
    seed = check_seed(seed)
    rngs = (np.random.default_rng((*seed, task, index)) for index in range(count))
    return [_ASKERS[task](rng)._replace(task=task) for rng in rngs]


def _happen(rng, fewest, most, walks):
    """Returns a `World` after some events, of which a fraction are walks."""
    world = World(rng)
    for _ in range(rng.integers(fewest, most, endpoint=True)):
        if rng.random() < walks:
            world.walk()
        else:
            world.handle()
    return world


def _retry(found):
    """Returns an asker that generates stories until one has something to ask about."""

    def asker(rng):
        while True:
            question = found(rng)
            if question is not None:
                return question

    return asker


def _make_question(world, words, answer, supporting):
    return Question(
        tuple(world.story), tuple(words), tuple(answer), tuple(sorted(set(supporting))), 0
    )


def _where_is_person(rng):
    world = _happen(rng, 2, 10, walks=1)
    person = world.pick(list(world.at))
    place, told = world.at[person]
    return _make_question(world, ("where", "is", person), (place,), (told,))


@_retry
def _where_is_thing(rng):
    world = _happen(rng, 4, 14, walks=0.6)
    seen = [thing for thing, trail in world.trails.items() if trail]
    if not seen:
        return None
    thing = world.pick(seen)
    place, told = world.trails[thing][-1]
    return _make_question(world, ("where", "is", "the", thing), (place,), told)


@_retry
def _where_was_thing(rng):
    world = _happen(rng, 6, 18, walks=0.6)
    moved = [thing for thing, trail in world.trails.items() if len(trail) > 1]
    if not moved:
        return None
    thing = world.pick(moved)
    (before, first), (place, second) = world.trails[thing][-2:]
    words = ("where", "was", "the", thing, "before", "the", place)
    return _make_question(world, words, (before,), first + second)


def _is_person_there(rng):
    world = _happen(rng, 2, 10, walks=0.8)
    person = world.pick(list(world.at))
    place, told = world.at[person]
    there = rng.random() < 0.5
    asked = place if there else world.pick([other for other in PLACES if other != place])
    words = ("is", person, "in", "the", asked)
    return _make_question(world, words, ("yes" if there else "no",), (told,))


def _pick_carrier(world):
    """Returns a person, carrying few things as likely as many; `None` if nobody carries any."""
    by_count = {}
    for person in PEOPLE:
        by_count.setdefault(len(world.hands[person]), []).append(person)
    return world.pick(by_count[world.pick(sorted(by_count))]) if len(by_count) > 1 else None


@_retry
def _how_many(rng):
    world = _happen(rng, 4, 14, walks=0.3)
    person = _pick_carrier(world)
    if person is None:
        return None
    words = ("how", "many", "things", "does", person, "carry")
    return _make_question(
        world, words, (_COUNTS[len(world.hands[person])],), world.handling[person]
    )


@_retry
def _which(rng):
    world = _happen(rng, 4, 14, walks=0.3)
    person = _pick_carrier(world)
    if person is None:
        return None
    carried = world.hands[person] or ("nothing",)
    return _make_question(world, ("what", "does", person, "carry"), carried, world.handling[person])


@_retry
def _which_way(rng):
    places = rng.permutation(PLACES)[:5].tolist()
    spots, links, story = {places[0]: (0, 0)}, {}, []
    for place in places[1:]:
        beside = places[rng.integers(len(spots))]
        direction = list(_STEPS)[rng.integers(4)]
        spot = tuple(np.add(spots[beside], _STEPS[direction]).tolist())
        if spot in spots.values():
            return None
        spots[place] = spot
        links[beside, place] = len(story), direction
        links[place, beside] = len(story), _opposite(direction)
        story.append(("the", place, "lies", direction, "of", "the", beside))
    # The sentences come in random order.
    order = rng.permutation(len(story)).tolist()
    two_steps = [
        (start, middle, end)
        for start, middle in links
        for also, end in links
        if also == middle and end != start
    ]
    start, middle, end = two_steps[rng.integers(len(two_steps))]
    told, directions = zip(links[start, middle], links[middle, end], strict=True)
    return Question(
        tuple(story[index] for index in order),
        ("how", "do", "you", "go", "from", "the", start, "to", "the", end),
        directions,
        tuple(sorted(order.index(index) for index in told)),
        0,
    )


def _opposite(direction):
    back = tuple(-step for step in _STEPS[direction])
    return next(name for name, step in _STEPS.items() if step == back)


_ASKERS = {
    1: _where_is_person,
    2: _where_is_thing,
    3: _where_was_thing,
    6: _is_person_there,
    7: _how_many,
    8: _which,
    19: _which_way,
}
# The tasks that stories are generated for.
GENERATED_TASKS = tuple(_ASKERS)
