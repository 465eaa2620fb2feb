"""Teach a small generator to draw what the fine-tuned one draws: the student, a generator made for deployment.

Hinton, Vinyals, Dean: "Distilling the Knowledge in a Neural Network" (2015): the teacher draws every photo once
(data/lessons), and the student learns from these pairs, in the loop that trains every generator.
"""

from pathlib import Path

from tasks.core import params, shards
from tasks.core.errors import UserError
from tasks.core.stage import start
from tasks.faces.finder import Settings
from tasks.styles import drawings, teacher
from tasks.styles.teacher import Teacher
from tasks.styles.trained import FINETUNE, FOLDERS, STUDENT
from tasks.training.plan import Lesson
from tasks.training.run import Place, run
from tasks.training.stream import ALIGN, Stream

TUNED, LESSONS = FOLDERS[FINETUNE] / "generator.onnx", Path("data/lessons")
PLACE = Place(FOLDERS[STUDENT], Path("reports/student.json"), Path("reports/samples/student"))


def main() -> None:
    """data/finetune, data/align, data/pair.parquet -> data/lessons, data/student, reports/student.json."""
    lesson, faces = params.load("student", Lesson), params.load("faces", Settings)
    drawings.update(ALIGN, LESSONS, master(lesson.teacher, faces.licence))
    run(lesson, faces.licence, Stream(lesson, lesson.recipe == "paired", teacher=LESSONS), PLACE)


def master(name: str, licence: str) -> Teacher:
    """Who draws what the student shall learn; raises UserError as `teacher.find` does."""
    if name == FINETUNE:
        return Teacher(FINETUNE, TUNED, "rgb", shards.file_digest(TUNED))
    found = teacher.find(name, "rgb", licence)
    if found is None:
        raise UserError(f"student.teacher is {name!r}; use {FINETUNE}, cel, or the path of an .onnx model")
    return found


if __name__ == "__main__":
    start(main)
