"""Which ids were surely never seen: most events are new, and asking a database about each of them costs too much."""

from __future__ import annotations

from struct import Struct

BITS = 1 << 28  # 32 MB: beside ten million ids, one new id in nine hundred is looked for in vain
PROBES = Struct("<III")


class Seen:
    """A Bloom filter of digests (16 bytes each): what was added is always found, and little else."""

    def __init__(self) -> None:
        self._bits = bytearray(BITS >> 3)

    def add(self, digest: bytes) -> None:
        for probe in PROBES.unpack_from(digest):
            self._bits[probe % BITS >> 3] |= 1 << (probe & 7)

    def __contains__(self, digest: bytes) -> bool:
        bits = self._bits
        one, two, three = PROBES.unpack_from(digest)
        return bool(
            bits[one % BITS >> 3] >> (one & 7) & 1
            and bits[two % BITS >> 3] >> (two & 7) & 1
            and bits[three % BITS >> 3] >> (three & 7) & 1
        )
