"""What several rows of the table say, where it comes from, and the statuses that several rows are about."""

from __future__ import annotations

from typing import Final

CLIENT_ERRORS: Final = range(400, 500)
SERVER_ERRORS: Final = range(500, 600)
BAD_REQUEST: Final = (400, 403, 404, 413, 422)
OPENAI_ERRORS: Final = "https://platform.openai.com/docs/guides/error-codes"
ANTHROPIC_ERRORS: Final = "https://platform.claude.com/docs/en/api/errors"
WITHHELD: Final = "{title} withheld the answer because of its content policy; the scenario cannot be asked there as is"
NO_PERMISSION: Final = "the key may not do this at {title}; check its permissions, its organisation and its region"
OVERLOADED: Final = "{title} is overloaded; try again later"
