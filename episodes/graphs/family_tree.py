"""FamilyTree: find a relative, given who is whose father, mother, son and daughter."""

import collections

import numpy as np

from episodes.graphs.base import BLANK, GraphTask, Puzzle

BASE_RELATIONS = ("father", "mother", "son", "daughter")
_PARENTS, _SONS = ("father", "mother"), ("son", "daughter")
_SIBLINGS = {
    "brother": [(parent, "son") for parent in _PARENTS],
    "sister": [(parent, "daughter") for parent in _PARENTS],
}


def _make_relations():
    """Returns a dict from a relation to its ways, each a tuple of base relations."""
    ways = dict(_SIBLINGS)
    for side, parent in (("paternal", "father"), ("maternal", "mother")):
        ways |= {f"{side} grand{elder}": [(parent, elder)] for elder in _PARENTS}
        ways |= {
            f"{side} {name}": [(parent, *way) for way in _SIBLINGS[sibling]]
            for name, sibling in (("uncle", "brother"), ("aunt", "sister"))
        }
        ways |= {
            f"{side} great {name}": [
                (parent, elder, *way) for elder in _PARENTS for way in _SIBLINGS[sibling]
            ]
            for name, sibling in (("uncle", "brother"), ("aunt", "sister"))
        }
        ways |= {
            f"{side} great grand{eldest}": [(parent, elder, eldest) for elder in _PARENTS]
            for eldest in _PARENTS
        }
    ways |= {f"grand{younger}": [(child, younger) for child in _SONS] for younger in _SONS}
    ways |= {
        name: [(*way, child) for s in _SIBLINGS for way in _SIBLINGS[s]]
        for name, child in (("nephew", "son"), ("niece", "daughter"))
    }
    ways |= {
        f"{name} cousin": [
            (parent, *way, child) for parent in _PARENTS for s in _SIBLINGS for way in _SIBLINGS[s]
        ]
        for name, child in (("male", "son"), ("female", "daughter"))
    }
    return ways


RELATIONS = _make_relations()


class FamilyTree(GraphTask):
    """A family given by who is whose father, mother, son and daughter; who is whose great aunt?

    People have labels at random; relations have fixed ones, `BASE_RELATIONS` first, then
    `RELATIONS`, whose meaning is to be learned. The query is `(person, relation, _)`, of a relation
    that exactly one person has; the answer is the triple in full. A lesson is `(people, path)`: how
    many people, and how many base relations make up the relation of the query, 2 to 4.

    Args: those of `GraphTask`.

    Example:

    >>> task = FamilyTree(lessons=[(8, 2)], digits=2)
    >>> puzzle = task.puzzle(np.random.default_rng(0), lesson=1)
    >>> relation = [*BASE_RELATIONS, *RELATIONS][puzzle.query[0, 1]]
    >>> relation in RELATIONS, puzzle.answer.shape
    (True, (1, 3))
    """

    fields = {"people": 4, "path": 2}
    edge_names = (*BASE_RELATIONS, *RELATIONS)

    def num_steps(self, lesson):
        # Two people found the family; each of the others is a child or the spouse of one.
        people, _ = self.lessons[lesson - 1]
        return 4 * (people - 2) + 2 + self.planning

    def draw_puzzle(self, rng, people, path):
        # With the spouses that they need, no smaller family has such relatives.
        if people < 2 * path:
            return None
        triples = _sample_family(rng, people, self.num_labels)
        candidates = [
            (person, relation, relatives)
            for relation, ways in RELATIONS.items()
            if len(ways[0]) == path
            for person, relatives in find_relatives(triples, ways).items()
            if len(relatives) == 1
        ]
        if not candidates:
            return None
        # Rare relations are queried as often as the others.
        relation = rng.choice(sorted({relation for _, relation, _ in candidates}))
        matches = [person for person, name, _ in candidates if name == relation]
        person = matches[rng.integers(len(matches))]
        return self.ask(rng.permutation(triples), person, str(relation))

    def ask(self, triples, person, relation):
        """Returns the `Puzzle` of a relative.

        Args:
            triples: int array `(edges, 3)`, whose edges are labels of base relations.
            person: label of the person whose relative is sought.
            relation: one of `RELATIONS`.

        Raises:
            ValueError: if `relation` is unknown, or the person does not have exactly one such
                relative.
        """
        if relation not in RELATIONS:
            raise ValueError(
                f"the relation must be one of {', '.join(RELATIONS)}. Received: {relation!r}"
            )
        relatives = find_relatives(triples, RELATIONS[relation]).get(person, set())
        if len(relatives) != 1:
            raise ValueError(
                f"the person has {len(relatives)} relatives of this kind, and must have exactly one"
            )
        edge = self.edge_names.index(relation)
        return Puzzle(
            triples,
            np.array([[person, edge, BLANK]]),
            np.array([[person, edge, *relatives]]),
        )


def find_relatives(triples, ways):
    """Returns a dict from each person to the set of those that one of several ways leads to.

    A way never turns back: brothers are the sons of a parent other than oneself, uncles those of a
    grandparent other than the parent.
    """
    edges = collections.defaultdict(lambda: collections.defaultdict(list))
    for source, edge, destination in triples.tolist():
        edges[source][BASE_RELATIONS[edge]].append(destination)
    found = collections.defaultdict(set)
    for person in list(edges):
        for way in ways:
            paths = [(person,)]
            for step in way:
                paths = [
                    (*path, other)
                    for path in paths
                    for other in edges[path[-1]][step]
                    if other not in path
                ]
            found[person] |= {path[-1] for path in paths}
    return {person: relatives for person, relatives in found.items() if relatives}


def _sample_family(rng, num_people, num_labels):
    """Returns the triples of a family that grows from a couple."""
    names = rng.choice(num_labels, num_people, replace=False).tolist()
    male = {names[0]: True, names[1]: False}
    couples, single, triples = [(names[0], names[1])], [], []
    rest = names[2:]
    while rest:
        if single and len(rest) > 1 and rng.random() < 0.5:
            person, spouse = single.pop(rng.integers(len(single))), rest.pop()
            male[spouse] = not male[person]
            couple = (person, spouse) if male[person] else (spouse, person)
            couples.append(couple)
        else:
            couple = couples[rng.integers(len(couples))]
        child = rest.pop()
        male[child] = bool(rng.random() < 0.5)
        single.append(child)
        father, mother = couple
        kind = BASE_RELATIONS.index("son" if male[child] else "daughter")
        triples += [(child, 0, father), (child, 1, mother)]
        triples += [(father, kind, child), (mother, kind, child)]
    return np.array(triples)
