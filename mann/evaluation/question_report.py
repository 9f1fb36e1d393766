"""Prints the errors on questions beside the published ones, and draws where the network looked."""

from mann.evaluation import pictures as drawing
from mann.evaluation.question_pictures import attention_picture
from mann.evaluation.question_published import BY_TASK, MEANS, is_published
from mann.tasks.asking import answer_of

# A task with more wrong answers, in percent, counts as failed (Weston et al. 2015).
FAILED = 5.0
_DRAWN = 3


def report(result, model, task, workdir, config, pictures):
    """Prints and draws a `QuestionResult`; returns what to write of it."""
    errors = {number: result.error(number) for number in result.right}
    official = {number for number in errors if is_published(number, task.test[number])}
    beside = ", beside a Python port's, 1k joint" if official else ""
    print(f"Wrong answers (%) to test questions{beside}")
    for number, error in errors.items():
        beside = f"{BY_TASK[number]:>8.1f}" if number in official else 8 * " " * bool(official)
        print(f"task {number:>2}{error:>8.1f}{beside}   of {len(result.right[number]):,}")
    failed = sum(error > FAILED for error in errors.values())
    print(f"mean   {result.mean_error():>8.1f}, {failed} of {len(errors)} tasks above {FAILED:g} %")
    if official == set(BY_TASK):
        for size, rows in MEANS.items():
            for name, mean, tasks in rows:
                also = "" if tasks is None else f", {tasks} tasks above {FAILED:g} %"
                print(f"  {mean:>4} {name}, {size} questions a task{also}")
    if result.unknown_words:
        print(f"Words that training never saw: {result.unknown_words:,}, read as unknown.")
    if pictures and hasattr(task, "sentence_length"):
        for number in list(errors)[:_DRAWN]:
            question = task.test[number][0]
            answer = answer_of(model, question, task.vocabulary)
            figure = attention_picture(question, answer.text, answer.attention)
            drawing.save(figure, workdir.pictures / f"attention_task_{number}.png")
    return {
        "protocol": ["wrong answers by task"],
        "questions": {str(number): len(right) for number, right in result.right.items()},
        "errors": {str(number): error for number, error in errors.items()},
        "mean_error": result.mean_error(),
        "failed_tasks": failed,
        "unknown_words": result.unknown_words,
    }
