"""Counts tokens with the peer's tiktoken and the vocabulary file that its LiteLLM carries; nothing is downloaded.

Started by the peer's own interpreter as `counting FILE`: a JSON list of texts comes in, the list of their counts is
printed.
"""

import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path

VOCABULARY = "cl100k_base"


def main() -> None:
    """Print the counts."""
    spec = find_spec("litellm")
    assert spec is not None
    assert spec.origin is not None
    os.environ["TIKTOKEN_CACHE_DIR"] = str(Path(spec.origin).parent / "litellm_core_utils" / "tokenizers")
    # Installed in the peer's environment only.
    import tiktoken  # type: ignore[import-not-found]

    encoding = tiktoken.get_encoding(VOCABULARY)
    texts = json.loads(Path(sys.argv[-1]).read_text(encoding="utf-8"))
    sys.stdout.write(json.dumps([len(encoding.encode(text, disallowed_special=())) for text in texts]) + "\n")


if __name__ == "__main__":
    main()
