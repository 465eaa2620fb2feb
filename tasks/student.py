"""Teach a small generator to draw what the fine-tuned one draws: the student, a generator made for deployment.

Hinton, Vinyals, Dean: "Distilling the Knowledge in a Neural Network" (2015): the teacher draws every photo once
(data/lessons), and the student learns from these pairs, in the loop that trains every generator.
"""

from pathlib import Path

from tasks.core import params, shards
from tasks.core.errors import UserError, require
from tasks.core.stage import start
from tasks.faces.finder import Settings
from tasks.styles import taught, teacher
from tasks.styles.teacher import Teacher
from tasks.styles.trained import FINETUNE, FOLDERS, STUDENT
from tasks.training.plan import Lesson
from tasks.training.publishing import Place
from tasks.training.run import run
from tasks.training.stream import ALIGN, Stream

TUNED, LESSONS = FOLDERS[FINETUNE] / "generator.onnx", Path("data/lessons")
PLACE = Place(FOLDERS[STUDENT], Path("reports/student.json"), Path("reports/samples/student"))


def main() -> None:
    """data/finetune, data/align, data/pair.parquet -> data/lessons, data/student, reports/student.json."""
    lesson, faces = params.load("student", Lesson), params.load("faces", Settings)
    require(lesson.recipe == "paired", f"student.recipe is {lesson.recipe!r}; a student learns from pairs: use paired")
    taught.update(ALIGN, LESSONS, master(lesson, faces.licence))
    run(lesson, faces.licence, Stream(lesson, paired=True, teacher=LESSONS, taught=True), PLACE)


def master(lesson: Lesson, licence: str) -> Teacher:
    """Who draws what the student shall learn; raises UserError as `teacher.find` does."""
    if lesson.teacher == FINETUNE:
        return Teacher(FINETUNE, TUNED, "rgb", shards.file_digest(TUNED))
    found = teacher.find(lesson.teacher, lesson.teacher_colour, licence)
    if found is None:
        raise UserError(f"student.teacher is {lesson.teacher!r}; use {FINETUNE}, cel, or the path of an .onnx model")
    return found


if __name__ == "__main__":
    start(main)
