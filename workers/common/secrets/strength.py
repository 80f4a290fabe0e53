"""How much of a secret is a secret: no text may be changed for a word, a stock default or a few characters.

An installation's key may be `anything`, its database's password `postgres`, its gateway's key named after a model. To
take such a word out of a paid answer changes a measurement and protects nothing.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Final

# Nobody's real key is shorter.
MIN_SECRET_CHARS: Final = 8
MIN_DIGITS: Final = 12
MAX_LOOKED_AT_CHARS: Final = 1024
MAX_WORD_CHARS: Final = 24
# A phrase of this many words, or of two of which one is a number, stands in no text by chance.
MIN_PHRASE_WORDS: Final = 3
MIN_NUMBER_DIGITS: Final = 3
MAX_NUMBER_DIGITS: Final = 4
# Servers show a prefix or a suffix of the key; eight characters in a row are never a coincidence worth printing.
FRAGMENT_CHARS: Final = 8
# Of a fragment that reaches into the words around the random part, so many characters must be of that part.
MIN_RANDOM_CHARS: Final = 4

# What manuals, images and examples give for a key or a password.
STOCK_WORDS: Final = frozenset(
    """
    a admin anon anonymous any anything api apikey auth change changeme client db default demo dev docker dummy
    empty enter example fake foo bar bearer free guest hello here in insert is it key keys local localai
    localhost lm master me my mysql no none not null needed ollama openai anthropic google gemini xai deepseek
    mistral llama llamacpp vllm litellm openrouter groq optional pass passwd password pg placeholder please
    postgres postgresql prod project public pw qwerty redis replace required root sample secret server service
    set simple sk studio test testing the this token unused use user username value welcome with x xx xxx xxxx
    your
    """.split()  # noqa: SIM905 - a list of a hundred quoted words is not read
)
# Letters drawn by chance soon hold a run of consonants that no word has.
_VOWELS: Final = frozenset("aeiouyAEIOUY")
MAX_CONSONANTS: Final = 5


def is_stock(secret: str) -> bool:
    """Whether it is what everybody has: words of manuals, or one character over and over."""
    return all(_is_stock_part(secret[start:end].lower()) for start, end in _parts(secret))


def edits_transcripts(secret: str) -> bool:
    """Whether a text that holds it holds it for no other reason than that it is the secret."""
    if len(secret) > MAX_LOOKED_AT_CHARS:
        return True  # whatever it is made of, no text holds it by chance
    if len(secret) < MIN_SECRET_CHARS or (secret.isdigit() and len(secret) < MIN_DIGITS):
        return False
    if is_stock(secret):
        return False
    parts = [secret[start:end] for start, end in _parts(secret)]
    numbered = len(parts) > 1 and any(part.isdigit() and len(part) >= MIN_NUMBER_DIGITS for part in parts)
    return len(parts) >= MIN_PHRASE_WORDS or numbered or not all(map(_is_plain, parts))


def fragments(secret: str) -> list[str]:
    """The pieces of a secret, in lower case, that give it away: those that reach into its random part.

    Words before and behind that part (`sk-proj-`, a team's, a model's, a provider's name) are shown by others too.
    """
    start, end = random_part(secret)
    found = [
        secret[at : at + FRAGMENT_CHARS].lower()
        for at in range(len(secret) - FRAGMENT_CHARS + 1)
        if min(at + FRAGMENT_CHARS, end) - max(at, start) >= MIN_RANDOM_CHARS
    ]
    return [secret.lower(), *found]


def random_part(secret: str) -> tuple[int, int]:
    """Where the part of a secret that is no words begins and ends; (0, 0) where all of it is words."""
    random = [span for span in _parts(secret) if not _is_plain(secret[span[0] : span[1]])]
    return (random[0][0], random[-1][1]) if random else (0, 0)


def in_base64(secret: str) -> set[str]:
    """What of a secret shows in base64, wherever it begins among the three bytes of a group."""
    raw = secret.encode("utf-8", "surrogatepass")
    found = set()
    for before in range(3):
        encoded = b64encode(bytes(before) + raw).decode()
        # Only characters all of whose six bits are the secret's own.
        core = encoded[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6]
        found |= {core, core.replace("+", "-").replace("/", "_")}
    return found


def _parts(secret: str) -> list[tuple[int, int]]:
    """Where the runs of letters and digits in a secret begin and end."""
    spans: list[tuple[int, int]] = []
    start = None
    for at, char in enumerate(f"{secret} "):
        if char.isalnum():
            start = at if start is None else start
        elif start is not None:
            spans.append((start, at))
            start = None
    return spans


def _is_stock_part(part: str) -> bool:
    word, number = _word_and_number(part)
    if len(set(part)) == 1 or (word in STOCK_WORDS and len(number) <= MAX_NUMBER_DIGITS):
        return True
    return not word and (len(number) < MIN_NUMBER_DIGITS or "1234567890".startswith(number))


def _is_plain(part: str) -> bool:
    """Whether it is a word as people write it, with a number behind it or not: `team`, `Password`, `hunter2`."""
    word, number = _word_and_number(part)
    if len(part) > MAX_WORD_CHARS or len(number) > MAX_NUMBER_DIGITS:
        return False
    if not word:
        return True
    written = word.islower() or word.isupper() or word.istitle() or not word.isascii()
    return word.isalpha() and written and not _is_unspeakable(word)


def _word_and_number(part: str) -> tuple[str, str]:
    word = part.rstrip("0123456789")
    return word, part[len(word) :]


def _is_unspeakable(word: str) -> bool:
    run = 0
    for char in word:
        run = 0 if char in _VOWELS or not char.isascii() else run + 1
        if run > MAX_CONSONANTS:
            return True
    return False
