"""Stories with questions about them, from bAbI's files or generated, as words and as arrays."""

from episodes.questions.babi import BabiSplit, load_babi, read_babi_file
from episodes.questions.encode import (
    ASK,
    MARKS,
    encode_sentence_steps,
    encode_sentences,
    encode_words,
    longest_sentence,
    whole_answer,
)
from episodes.questions.generator import GENERATED_TASKS, generate_questions
from episodes.questions.sentences import is_finished, is_question, split_sentences
from episodes.questions.story import Question
from episodes.questions.vocabulary import Vocabulary
from episodes.questions.words import tokenize

__all__ = [
    "ASK",
    "GENERATED_TASKS",
    "MARKS",
    "BabiSplit",
    "Question",
    "Vocabulary",
    "encode_sentence_steps",
    "encode_sentences",
    "encode_words",
    "generate_questions",
    "is_finished",
    "is_question",
    "load_babi",
    "longest_sentence",
    "read_babi_file",
    "split_sentences",
    "tokenize",
    "whole_answer",
]
