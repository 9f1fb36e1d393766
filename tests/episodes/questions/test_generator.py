"""Generated stories, answered by a solver that reads only their sentences."""

import collections

import numpy as np
import pytest

from episodes.questions import GENERATED_TASKS, generate_questions

COUNTS = {0: "none", 1: "one", 2: "two", 3: "three", 4: "four"}


def solve(story, question):
    """Returns the answer, from the sentences read one by one."""
    if "lies" in [word for sentence in story for word in sentence]:
        return path(story, question[6], question[9])
    places, carried = {}, collections.defaultdict(list)
    been = collections.defaultdict(list)

    def see(thing, place):
        if been[thing][-1:] != [place]:
            been[thing].append(place)

    for who, verb, *rest in story:
        if verb in ("walked", "hurried", "went"):
            places[who] = rest[-1]
            for thing in carried[who]:
                see(thing, rest[-1])
        else:
            if verb in ("took", "picked"):
                carried[who].append(rest[-1])
            elif rest[-1] in carried[who]:
                carried[who].remove(rest[-1])
            see(rest[-1], places.get(who))
    match question:
        case ("where", "is", person):
            return (places[person],)
        case ("where", "is", "the", thing):
            return (been[thing][-1],)
        case ("where", "was", "the", thing, "before", "the", place):
            last = len(been[thing]) - 1 - been[thing][::-1].index(place)
            return (been[thing][last - 1],)
        case ("is", person, "in", "the", place):
            return ("yes" if places[person] == place else "no",)
        case ("how", "many", "things", "does", person, "carry"):
            return (COUNTS[len(carried[person])],)
        case ("what", "does", person, "carry"):
            return tuple(carried[person]) or ("nothing",)


def path(story, start, end):
    back = {"north": "south", "south": "north", "east": "west", "west": "east"}
    ways = collections.defaultdict(dict)
    for _, there, _, direction, _, _, here in story:
        ways[here][there], ways[there][here] = direction, back[direction]
    routes = collections.deque([(start, ())])
    seen = {start}
    while routes:
        place, walked = routes.popleft()
        if place == end:
            return walked
        for there, direction in ways[place].items():
            if there not in seen:
                seen.add(there)
                routes.append((there, (*walked, direction)))


@pytest.mark.parametrize("task", GENERATED_TASKS)
def test_answers_follow_from_the_story_and_from_its_supporting_facts(task):
    for question in generate_questions(task, 200, seed=1):
        assert question.task == task
        assert question.answer == solve(question.story, question.question), question
        facts = [question.story[index] for index in question.supporting]
        assert question.answer == solve(facts, question.question), question


@pytest.mark.parametrize("task, facts", [(1, {1}), (2, {2}), (3, {3, 4}), (19, {2})])
def test_how_many_facts_an_answer_takes(task, facts):
    counts = collections.Counter(len(q.supporting) for q in generate_questions(task, 300))
    assert set(counts) <= facts | {max(facts) - 1} and counts.most_common(1)[0][0] in facts


def test_no_answer_is_right_most_of_the_time():
    for task in GENERATED_TASKS:
        answers = collections.Counter(q.answer for q in generate_questions(task, 400))
        assert answers.most_common(1)[0][1] < 0.56 * 400, task


def test_questions_are_those_of_their_seed_and_place():
    assert generate_questions(2, 5, seed=3) == generate_questions(2, 9, seed=3)[:5]
    assert generate_questions(2, 5, seed=3) != generate_questions(2, 5, seed=4)
    assert generate_questions(2, 5, seed=np.int64(3)) == generate_questions(2, 5, seed=[3])
    with pytest.raises(ValueError, match="seed"):
        generate_questions(2, 5, seed=-1)
    with pytest.raises(ValueError, match="count"):
        generate_questions(2, 2.5)
    with pytest.raises(ValueError, match="no stories are generated for task 20: choose from 1, 2"):
        generate_questions(20, 1)


@pytest.mark.parametrize("task", [3, 7, 8])
def test_test_stories_are_not_those_of_training(task):
    training = {q[:2] for q in generate_questions(task, 1000, seed=(0, 0))}
    assert not training & {q[:2] for q in generate_questions(task, 100, seed=(0, 2))}
