"""Owns the rows of the engine's table: what is compared with what, and the bar of each.

Does not import an engine, so that the command that starts the measuring can read it.
"""

from dataclasses import dataclass

__all__ = ["ROWS", "Row"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measure.

    Attributes:
        name: of the row, unique.
        build: `compiled` or `pure`, the wheel of h2c_core that is measured.
        scenario: what is measured, by the name that `bench.micro.measure` knows it by.
        proxy: whose fields requests have, empty where it does not matter.
        ours: what is judged, in the words of the scenario.
        rival: what it is compared with; empty for a size in bytes.
        bar: the most that `ours` may be, as a ratio to `rival`, or in bytes.
    """

    name: str
    build: str
    scenario: str
    proxy: str = ""
    ours: str = "h2c_core"
    rival: str = ""
    bar: float


_KIB = 1024
_PROXIES = ("envoy", "nginx", "haproxy", "caddy")
_INDEX_NOTHING = ("nginx", "haproxy")
# A write, or a read, is 64 KiB of body: a second copy of its bytes would be 128 KiB.
_ONE_COPY = 96 * _KIB


def _rows() -> list[Row]:
    rows = []
    for proxy in _PROXIES:
        for scenario, bar in (("indexed", 1.0), ("varying", 1.3)):
            for build, rival, most in (
                ("compiled", "ngh2", bar),
                ("compiled", "h2", 1 / 15),
                ("pure", "h2", 1 / 4),
            ):
                name = f"GET {scenario}, {proxy}, {build} to {rival}"
                rows.append(
                    Row(
                        name=name,
                        build=build,
                        scenario=scenario,
                        proxy=proxy,
                        rival=rival,
                        bar=most,
                    )
                )
    rows += [
        Row(
            name=f"GET literal, {proxy}, compiled to ngh2",
            build="compiled",
            scenario="literal",
            proxy=proxy,
            rival="ngh2",
            bar=1.3,
        )
        for proxy in _INDEX_NOTHING
    ]
    return [
        *rows,
        Row(
            name="1 MiB response in 64 KiB chunks, to ngh2",
            build="compiled",
            scenario="download",
            proxy="envoy",
            rival="ngh2",
            bar=1.0,
        ),
        Row(
            name="1 MiB upload, to ngh2",
            build="compiled",
            scenario="upload",
            rival="ngh2",
            bar=1.0,
        ),
        Row(
            name="GET beside 1000 open streams, to beside 1",
            build="compiled",
            scenario="streams",
            proxy="envoy",
            ours="1000",
            rival="1",
            bar=1.2,
        ),
        Row(
            name="64 KiB of 1000 waiting bodies, to of 1",
            build="compiled",
            scenario="turns",
            ours="1000",
            rival="1",
            bar=1.2,
        ),
        Row(
            name="peak while 64 MiB are sent",
            build="compiled",
            scenario="download peak",
            bar=_ONE_COPY,
        ),
        Row(
            name="peak while 64 MiB are received",
            build="compiled",
            scenario="upload peak",
            bar=_ONE_COPY,
        ),
        Row(
            name="idle connection, HPACK tables full",
            build="compiled",
            scenario="idle connection",
            bar=24 * _KIB,
        ),
        Row(
            name="idle open stream",
            build="compiled",
            scenario="idle stream",
            bar=2 * _KIB,
        ),
    ]


ROWS = _rows()
"""All of them, in the order of the table."""
