"""The text of a plan file as it may be kept and shown."""

from harness.plan.client.secrets import is_secret
from harness.plan.yaml.source import Source
from harness.plan.yaml.variables import REDACTED, tells_no_secret


def copy_without_secrets(text: str, source: Source) -> str:
    """Return the text with every secret that is written in it replaced by `***`.

    One that variables stand for, such as `Bearer ${TOKEN}`, stays as it is: who has them can use it again.
    """
    secret = sorted(span for place, span in source.spans.items() if is_secret(place))
    for start, end in reversed(secret):
        written = text[start:end]
        if not tells_no_secret(written.strip("\"'")):
            # A block scalar's span takes the end of its last line along.
            text = f'{text[:start]}"{REDACTED}"{written[len(written.rstrip()) :]}{text[end:]}'
    return text
