"""Experiments on questions: training, measuring, saving and asking."""

import hashlib

import numpy as np
import pytest
from small_runs import SMALL_RUN, changed

from configs import babi
from episodes import questions
from mann.evaluation import published
from mann.models.build import build_model
from mann.runs.workdir import Workdir
from mann.tasks.asking import Asker, answer_question
from mann.tasks.build import build_task
from mann.tasks.questions import insert_empty_memories
from mann.training import UserError, evaluate, train_and_evaluate


def small(**changes):
    sizes = {
        **{name: SMALL_RUN[name] for name in SMALL_RUN if name.startswith("train")},
        "task.tasks": (1, 8),
        "task.generated": 40,
        "task.sentences": 8,
        "model.units": 8,
        "model.embedding": 4,
        "model.memory_size": 8,
        "model.linear_start": 3,
        "test_episodes": 6,
    }
    return changed(babi.get_config(), sizes, changes)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    workdir = tmp_path_factory.mktemp("questions") / "run"
    return workdir, train_and_evaluate(small(), workdir)


def test_a_run_measures_each_task_and_keeps_its_words(run):
    workdir, (result,) = run
    assert {task: len(wrong) for task, wrong in result.values.items()} == {1: 4, 8: 4}
    words = Workdir(workdir).read_file("vocabulary.json")
    assert words[2:] == sorted(words[2:])
    saved = Workdir(workdir).read_evaluation()
    assert saved["remarks"][0].startswith(f"Mean {result.overall():.1f} %; ")
    assert (workdir / "pictures" / "attention_task_1.png").stat().st_size > 5000
    (again,) = evaluate(workdir, episodes=4, pictures=False)
    np.testing.assert_array_equal(again.values[1], result.values[1])


def test_a_story_in_plain_sentences_is_answered(run):
    workdir, _ = run
    question = build_task(small()).test[1][0]
    story = [" ".join(sentence).capitalize() + "." for sentence in question.story]
    answer = Asker(workdir).ask([*story, "Zaphod ran."], " ".join(question.question) + "?")
    assert answer.unknown == ("zaphod", "ran") and 0 < answer.probability < 1
    assert answer.attention.shape == (3, min(8, len(story) + 1))
    assert np.all((0 < answer.attention.sum(axis=1)) & (answer.attention.sum(axis=1) < 1.0001))
    with pytest.raises(UserError, match="sentences before it"):
        Asker(workdir).ask([], "Where is Mary?")


def test_each_epoch_asks_every_question_once():
    task = build_task(small())
    count = len(task.train)
    rows = np.concatenate([task.choose_questions(step, 4) for step in range(count // 2)])
    assert sorted(rows[:count]) == sorted(rows[count:]) == list(range(count))
    assert list(rows[:count]) != list(rows[count:])
    # A resumed run starts in the middle.
    np.testing.assert_array_equal(build_task(small()).choose_questions(5, 4), rows[20:24])


def test_empty_memories_keep_the_order_of_sentences():
    stories = np.arange(1, 13).reshape(1, 6, 2).repeat(200, axis=0)
    stories[:, 4:] = 0
    spread = insert_empty_memories(stories, 0.3, np.random.default_rng(0))
    filled = spread.any(axis=2)
    for story, there in zip(spread, filled, strict=True):
        np.testing.assert_array_equal(story[there], stories[0, : there.sum()])
    assert 0.2 < np.mean(~filled[:, 0]) < 0.4
    unchanged = insert_empty_memories(stories, 0.0, np.random.default_rng(0))
    np.testing.assert_array_equal(unchanged, stories)


@pytest.mark.parametrize("read", ["sentences", "words"])
def test_a_network_that_reads(read, tmp_path):
    config = small(model__name="dnc", model__word_size=4, task__read=read)
    (result,) = train_and_evaluate(config, tmp_path / "run")
    assert {task: len(wrong) for task, wrong in result.values.items()} == {1: 4, 8: 4}
    asker = Asker(tmp_path / "run")
    longest = "Mary went home and then to the garden, the attic and the cellar, with a lamp."
    answer = asker.ask(["Alma went home.", longest], "Where is Alma?")
    assert answer.text and 0 < answer.probability < 1
    if read == "words":
        assert answer.attention is None and not answer.slots
    else:
        assert answer.attention.shape == (1, 2) and len(answer.slots) == 1
        assert np.all(answer.attention >= 0) and answer.attention.sum() <= 1.0001


def test_a_run_without_the_field_reads_words(tmp_path):
    config = small(model__name="lstm")
    del config.task.read
    (result,) = train_and_evaluate(config, tmp_path / "run")
    assert "." in Workdir(tmp_path / "run").read_file("vocabulary.json")


def test_a_memory_tells_which_sentence_it_read():
    config = small(model__name="lrua", model__memory_size=8)
    task = build_task(config)
    model = build_model(config.model, task)
    question = task.test[1][0]._replace(story=(("alma",), ("bruno",), ("chen",)))
    answer = answer_question(model, question, task.vocabulary)
    assert answer.attention.shape == (1, 3) and answer.slots[0] in range(8)


def test_a_reader_sees_stories_about_as_long_as_each_other():
    task = build_task(small(model__name="lstm", task__generated=200, task__read="words"))
    batches = [task.training_batch(step, 4, None) for step in range(2 * len(task.train) // 4)]
    longest = task._data.inputs.shape[1]
    assert len({words.shape[1] for words, _, _ in batches}) > 1
    for words, _, weights in batches:
        length = np.count_nonzero(words, axis=1).max()
        assert length <= words.shape[1] and (words.shape[1] < 2 * length or length == longest)
        np.testing.assert_array_equal(weights > 0, words == task.vocabulary.encode(["-"])[0])
    # Every story once in an epoch, however they are sorted.
    count = len(task._data.inputs)
    pools = -(-count // 64)
    seen = [row.tobytes() for batch in batches[: 16 * pools] for row in _full(batch[0], longest)]
    assert {row.tobytes() for row in task._data.inputs} == set(seen)
    fresh = build_task(small(model__name="lstm", task__generated=200, task__read="words"))
    again = fresh.training_batch(7, 4, None)
    np.testing.assert_array_equal(again[0], batches[7][0])


def _full(words, longest):
    return np.pad(words, ((0, 0), (0, longest - words.shape[1])))


def test_a_reader_is_judged_by_every_word_of_a_list():
    task = build_task(small(model__name="lstm", task__read="words"))
    lists = [question for question in task.test[8] if len(question.answer) > 1][:1]
    asked = [task.test[1][0], *lists, task.test[8][0]._replace(answer=("sesame",))]
    data = task._encode(asked)
    answers = np.eye(task.vocabulary_size)[data.targets.clip(0)]

    class Fixed:
        def predict_on_batch(self, words):
            return answers

    assert task.are_right(Fixed(), asked, 4).tolist() == [True, True, False]
    row, last = np.argwhere(data.asked == 1)[-1]
    answers[row, last] = np.roll(answers[row, last], 1)
    assert task.are_right(Fixed(), asked, 4).tolist() == [True, False, False]


@pytest.fixture
def write(tmp_path):
    def write(split, count):
        story = f"1 Mary went to the {split}.\n2 Where is Mary?\t{split}\t1\n"
        (tmp_path / f"qa1_{split}.txt").write_text(count * story, encoding="utf-8-sig")

    return write


def test_validation_questions_of_a_folder_are_used(write, tmp_path):
    for split, count in (("train", 20), ("test", 3)):
        write(split, count)
    task = build_task(small(task__path=str(tmp_path), task__tasks=()))
    assert (len(task.train), len(task.validation)) == (18, 2)
    write("valid", 5)
    task = build_task(small(task__path=str(tmp_path), task__tasks=()))
    assert (len(task.train), len(task.validation)) == (20, 5)
    assert {question.answer for question in task.validation} == {("valid",)}
    assert "valid" not in task.vocabulary and "train" in task.vocabulary
    (tmp_path / "qa1_valid.txt").unlink()
    write("train", 9)
    with pytest.raises(UserError, match="too few training questions, 9, to hold a tenth"):
        build_task(small(task__path=str(tmp_path), task__tasks=()))


def test_published_numbers_stand_beside_the_questions_that_they_are_of(
    write, tmp_path, monkeypatch
):
    for split in ("train", "test"):
        write(split, 20)
    read = questions.load_babi(tmp_path).test[1]
    assert not published.are_published_questions(1, read)
    words = "\n".join(20 * ["mary went to the test where is mary test"])
    digest = hashlib.sha256(words.encode()).hexdigest()[:12]
    monkeypatch.setitem(published._QUESTION_DIGESTS, 1, digest)
    assert published.get_question_rows({1: read, 2: read}) == {
        "Memory network, joint, 1k (a Python port)": {1: published.QUESTIONS_BY_TASK[1]}
    }
    assert not published.get_question_rows({2: read})
    assert not published.are_published_questions(1, read[1:])
    assert list(published._QUESTION_DIGESTS) == list(published.QUESTIONS_BY_TASK)


def test_bad_configs_are_named(tmp_path):
    with pytest.raises(UserError, match="config.task.path=.*nowhere"):
        build_task(small(task__path=str(tmp_path / "nowhere")))
    from configs import copy

    config = copy.get_config()
    config.model.name = "memory_network"
    with pytest.raises(UserError, match="model.name must be one of lrua.*memory_network"):
        train_and_evaluate(config, tmp_path / "run")
