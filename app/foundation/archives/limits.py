"""How much of an untrusted file we are willing to believe (SEC40, SEC41)."""

MEBIBYTE = 1024 * 1024

MOST_ENTRIES = 10_000
MOST_ENTRY_BYTES = 256 * MEBIBYTE
MOST_TOTAL_BYTES = 4096 * MEBIBYTE
MOST_RATIO = 200
RATIO_FREE_BYTES = MEBIBYTE
"""Below this size a ratio harms nobody: small blank pages and XML do compress that well."""
MOST_DIRECTORY_BYTES = 16 * MEBIBYTE
MOST_PIXELS = 100_000_000
MOST_FRAMES = 200
