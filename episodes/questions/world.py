"""A small world of people who walk about and carry things, as a story of sentences."""

PEOPLE = ("alma", "bruno", "chen", "dara")
PLACES = ("attic", "cellar", "harbour", "library", "meadow", "station")
THINGS = ("lamp", "map", "melon", "violin")
_WALKED = ("walked", "hurried", "went")
_TOOK = (("picked", "up"), ("took",))
_LEFT = (("put", "down"), ("left",))


class World:
    """The events of a story, and the sentences that describe them.

    Args:
        rng: NumPy generator.

    Attributes:
        story: list of sentences.
        at: dict from a person to a place and the index of the sentence that says so.
        hands: dict from a person to the things carried, in the order of taking.
        handling: dict from a person to the indices of sentences on things taken and left.
        trails: dict from a thing to a list of the places where it was, each with the indices of the
            sentences that say so.
    """

    def __init__(self, rng):
        self._rng = rng
        self.story = []
        self.at = {}
        self.hands = {person: [] for person in PEOPLE}
        self.handling = {person: [] for person in PEOPLE}
        self.trails = {thing: [] for thing in THINGS}
        self._taken = {}

    def pick(self, options):
        """Returns a random one of the options."""
        return options[self._rng.integers(len(options))]

    def walk(self):
        """Moves a random person to another place."""
        person = self.pick(PEOPLE)
        place = self.pick([place for place in PLACES if place != self.at.get(person, ("",))[0]])
        index = self._tell((person, self.pick(_WALKED), "to", "the", place))
        self.at[person] = place, index
        for thing in self.hands[person]:
            self.trails[thing].append((place, (self._taken[thing], index)))

    def handle(self):
        """Lets a random person take or leave a thing; if nobody can, somebody walks."""
        carried = {thing for hands in self.hands.values() for thing in hands}
        takes = [
            (person, thing)
            for person in self.at
            for thing in THINGS
            if thing not in carried
            and (not self.trails[thing] or self.trails[thing][-1][0] == self.at[person][0])
        ]
        leaves = [(person, thing) for person in PEOPLE for thing in self.hands[person]]
        # Twice as many things are taken as left, so that hands fill.
        if takes and (not leaves or self._rng.random() < 2 / 3):
            self._take(*self.pick(takes))
        elif leaves:
            self._leave(*self.pick(leaves))
        else:
            self.walk()

    def _take(self, person, thing):
        index = self._tell((person, *self.pick(_TOOK), "the", thing))
        self.hands[person].append(thing)
        self._taken[thing] = index
        self._see(person, thing, index)

    def _leave(self, person, thing):
        index = self._tell((person, *self.pick(_LEFT), "the", thing))
        self.hands[person].remove(thing)
        self._see(person, thing, index)

    def _see(self, person, thing, index):
        place, told = self.at[person]
        trail = self.trails[thing]
        if trail and trail[-1][0] == place:
            trail.pop()
        trail.append((place, (told, index)))
        self.handling[person].append(index)

    def _tell(self, sentence):
        self.story.append(sentence)
        return len(self.story) - 1
