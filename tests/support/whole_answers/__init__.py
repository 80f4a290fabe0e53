"""Whole answers and errors of the six providers, with headers and all fields, and what must be read in them.

They are written for these tests in the shape in which each vendor's API answers; none is a recording.
"""

from support.whole_answers.anthropic import ANTHROPIC
from support.whole_answers.chat_shaped import DEEPSEEK, MISTRAL, OPENAI, XAI
from support.whole_answers.errors import WHOLE_ERRORS, WholeError
from support.whole_answers.google import GOOGLE
from support.whole_answers.whole import Whole

WHOLE_ANSWERS = OPENAI + ANTHROPIC + GOOGLE + XAI + DEEPSEEK + MISTRAL

__all__ = ["WHOLE_ANSWERS", "WHOLE_ERRORS", "Whole", "WholeError"]
