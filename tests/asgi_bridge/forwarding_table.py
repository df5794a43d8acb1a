"""Owns the table of what clients and proxies may say of a request: one rule a row.

Does not send anything: rows are played against the scope builder and against running servers. The
peer of each is a proxy on the machine itself, and what a row says nothing of stays as it was sent.
"""

from typing import Final, NamedTuple

Field = tuple[bytes, bytes]

PEER: Final = "127.0.0.1"
TRUSTED: Final = ("127.0.0.1", "10.0.0.0/8", "2001:db8:a::/48")
OWN_HOST: Final = b"own.test"


class Row(NamedTuple):
    rule: str
    sent: list[Field]
    fields: tuple[str, ...] = ("for", "proto")
    """What is believed; empty without `--proxy-headers`."""
    client: tuple[str, int] | None = (PEER, -1)
    """With port -1 the peer of the connection."""
    scheme: str = "http"
    host: bytes = OWN_HOST
    root_path: str = ""
    kept: tuple[Field, ...] = ()
    """What an application sees of the fields that were sent."""
    trusted: tuple[str, ...] = TRUSTED


def xff(
    rule: str,
    *values: bytes,
    client: tuple[str, int] | None = (PEER, -1),
    kept: tuple[bytes, ...] = (),
    trusted: tuple[str, ...] = TRUSTED,
) -> Row:
    name = b"x-forwarded-for"
    return Row(
        rule,
        [(name, value) for value in values],
        client=client,
        kept=tuple((name, value) for value in kept),
        trusted=trusted,
    )


def proto(rule: str, *values: bytes, scheme: str = "http", kept: bytes | None = None) -> Row:
    name = b"x-forwarded-proto"
    return Row(
        rule,
        [(name, value) for value in values],
        scheme=scheme,
        kept=() if kept is None else ((name, kept),),
    )


def host(rule: str, *values: bytes, believed: bytes | None = None) -> Row:
    name = b"x-forwarded-host"
    return Row(
        rule,
        [(name, value) for value in values],
        fields=("host",),
        host=OWN_HOST if believed is None else believed,
        kept=() if believed is None else ((name, believed),),
    )


def port(rule: str, value: bytes, believed: bytes | None = None, *more: Field) -> Row:
    field = (b"x-forwarded-port", value)
    return Row(
        rule,
        [field, *more],
        fields=("port", "host", "proto"),
        host=OWN_HOST if believed is None else believed,
        scheme="https" if (b"x-forwarded-proto", b"https") in more else "http",
        kept=more if believed is None else (field, *more),
    )


def prefix(rule: str, value: bytes, believed: str = "", *, is_kept: bool = False) -> Row:
    field = (b"x-forwarded-prefix", value)
    return Row(
        rule,
        [field],
        fields=("prefix",),
        root_path=believed,
        kept=(field,) if believed or is_kept else (),
    )


def forwarded(
    rule: str,
    *values: bytes,
    client: tuple[str, int] | None = (PEER, -1),
    scheme: str = "http",
    host: bytes = OWN_HOST,
    kept: tuple[bytes, ...] = (),
) -> Row:
    name = b"forwarded"
    return Row(
        rule,
        [(name, value) for value in values],
        fields=("forwarded",),
        client=client,
        scheme=scheme,
        host=host,
        kept=tuple((name, value) for value in kept),
    )


def removed(rule: str, name: bytes, value: bytes, *, fields: tuple[str, ...] = ("for",)) -> Row:
    return Row(rule, [(name, value)], fields=fields)


def stranger(rule: str, name: bytes, value: bytes) -> Row:
    return Row(rule, [(name, value)], trusted=("192.0.2.1",))


CLIENT = ("203.0.113.9", 0)

WALKS = [
    xff(
        "the address that the proxy has seen", b"203.0.113.9", client=CLIENT, kept=(b"203.0.113.9",)
    ),
    xff(
        "in front of it, what a client has made up",
        b"127.0.0.1, 203.0.113.9",
        client=CLIENT,
        kept=(b"203.0.113.9",),
    ),
    xff(
        "the same in a field of its own",
        b"127.0.0.1",
        b"203.0.113.9",
        client=CLIENT,
        kept=(b"203.0.113.9",),
    ),
    xff(
        "a trusted proxy is walked past",
        b"203.0.113.9, 10.1.2.3",
        client=CLIENT,
        kept=(b"203.0.113.9, 10.1.2.3",),
    ),
    xff(
        "over the borders of fields",
        b"198.51.100.1, 203.0.113.9",
        b"10.1.2.3",
        client=CLIENT,
        kept=(b"203.0.113.9", b"10.1.2.3"),
    ),
    xff(
        "not to a trusted one in front of the client",
        b"10.0.0.1, 203.0.113.9, 10.1.2.3",
        client=CLIENT,
        kept=(b"203.0.113.9, 10.1.2.3",),
    ),
    xff(
        "where all are trusted, the first is the client",
        b"10.0.0.1, 10.0.0.2",
        client=("10.0.0.1", 0),
        kept=(b"10.0.0.1, 10.0.0.2",),
    ),
    xff(
        "where everybody is trusted, too",
        b"203.0.113.9, 198.51.100.1",
        client=CLIENT,
        kept=(b"203.0.113.9, 198.51.100.1",),
        trusted=("*",),
    ),
    xff(
        "what is no address ends the walk",
        b"203.0.113.9, nobody, 10.0.0.2",
        client=("10.0.0.2", 0),
        kept=(b"10.0.0.2",),
    ),
    xff(
        "an empty member ends it",
        b"203.0.113.9, , 10.0.0.2",
        client=("10.0.0.2", 0),
        kept=(b"10.0.0.2",),
    ),
    xff("last, it leaves the peer", b"203.0.113.9, unknown"),
    xff("an empty field", b""),
    xff("a name", b"localhost"),
    xff("more numbers than an address has", b"1.2.3.4.5"),
    xff("an octet with a zero in front", b"127.0.0.01"),
    xff("an address as one number", b"2130706433"),
    xff("one in quotes", b'"203.0.113.9"'),
    xff("one with space inside", b"203.0.113.9 10.0.0.1"),
    xff(
        "space and tabs around it",
        b"\t 10.0.0.9 ,\t203.0.113.9 ",
        client=CLIENT,
        kept=(b"203.0.113.9",),
    ),
    xff("a port", b"203.0.113.9:4711", client=("203.0.113.9", 4711), kept=(b"203.0.113.9:4711",)),
    xff("an empty port", b"203.0.113.9:"),
    xff("port 0", b"203.0.113.9:0"),
    xff(
        "the highest port",
        b"203.0.113.9:65535",
        client=("203.0.113.9", 65535),
        kept=(b"203.0.113.9:65535",),
    ),
    xff("a port above all", b"203.0.113.9:65536"),
    xff("a port with a sign", b"203.0.113.9:+80"),
    xff("IPv6", b"2001:DB8::9", client=("2001:db8::9", 0), kept=(b"2001:DB8::9",)),
    xff("in brackets", b"[2001:db8::9]", client=("2001:db8::9", 0), kept=(b"[2001:db8::9]",)),
    xff(
        "with a port",
        b"[2001:db8::9]:4711",
        client=("2001:db8::9", 4711),
        kept=(b"[2001:db8::9]:4711",),
    ),
    xff("brackets that do not end", b"[2001:db8::9"),
    xff("IPv4 in brackets", b"[203.0.113.9]"),
    xff("a zone", b"fe80::9%eth0"),
    xff("a zone in brackets", b"[fe80::9%25eth0]"),
    xff(
        "a trusted network of IPv6 is walked past",
        b"2001:db8::9, 2001:db8:a::1",
        client=("2001:db8::9", 0),
        kept=(b"2001:db8::9, 2001:db8:a::1",),
    ),
    xff(
        "IPv4 in the form of IPv6 is trusted as such",
        b"203.0.113.9, ::ffff:10.0.0.1",
        client=CLIENT,
        kept=(b"203.0.113.9, ::ffff:10.0.0.1",),
    ),
    xff(
        "and is shown as such",
        b"::ffff:203.0.113.9",
        client=CLIENT,
        kept=(b"::ffff:203.0.113.9",),
    ),
    xff(
        "the same is said of whom is trusted",
        b"203.0.113.9, 10.0.0.1",
        client=CLIENT,
        kept=(b"203.0.113.9, 10.0.0.1",),
        trusted=("127.0.0.1", "::ffff:10.0.0.0/104"),
    ),
    xff(
        "bits behind the prefix of a network are ignored",
        b"203.0.113.9, 10.0.0.1",
        client=CLIENT,
        kept=(b"203.0.113.9, 10.0.0.1",),
        trusted=("127.0.0.1", "10.9.9.9/8"),
    ),
    xff(
        "of no more than that",
        b"203.0.113.9, 11.0.0.1",
        client=("11.0.0.1", 0),
        kept=(b"11.0.0.1",),
        trusted=("127.0.0.1", "::ffff:10.0.0.0/104"),
    ),
    xff(
        "nor of other networks of IPv6",
        b"203.0.113.9, 2001:db8::1",
        client=CLIENT,
        kept=(b"203.0.113.9, 2001:db8::1",),
        trusted=("127.0.0.1", "2001:db8::/100"),
    ),
    xff(
        "an empty member in front of a field ends the walk, too",
        b"203.0.113.9",
        b",10.0.0.1",
        client=("10.0.0.1", 0),
        kept=(b"10.0.0.1",),
    ),
    xff(
        "and so does an empty field",
        b"203.0.113.9",
        b"",
        b"10.0.0.1",
        client=("10.0.0.1", 0),
        kept=(b"10.0.0.1",),
    ),
    xff("a member longer than any address", b"0" * 61 + b"::1"),
    xff(
        "more proxies than are walked past",
        b", ".join([b"203.0.113.9", *[b"10.0.0.%d" % number for number in range(32)]]),
        client=("10.0.0.0", 0),
        kept=(b", ".join([b"10.0.0.%d" % number for number in range(32)]),),
    ),
]

PROTOS = [
    proto("https", b"https", scheme="https", kept=b"https"),
    proto("in any case", b"HTTPS", scheme="https", kept=b"HTTPS"),
    proto("http", b"http", kept=b"http"),
    proto("that of a WebSocket", b"wss", scheme="https", kept=b"wss"),
    proto("of one in the clear", b"ws", kept=b"ws"),
    proto("the last is the peer's", b"https, http", kept=b"http"),
    proto("of fields, too", b"https", b"http", kept=b"http"),
    proto("no other scheme", b"gopher"),
    proto("none", b""),
    proto("the last, though it is none", b"https, gopher"),
    proto("two without a comma", b"https http"),
    proto("in quotes", b'"https"'),
]

HOSTS = [
    host("a name", b"example.org", believed=b"example.org"),
    host("with a port", b"example.org:8443", believed=b"example.org:8443"),
    host("an address", b"[2001:db8::1]:8443", believed=b"[2001:db8::1]:8443"),
    host("the last is the peer's", b"evil.test, example.org", believed=b"example.org"),
    host("of fields, too", b"evil.test", b"example.org", believed=b"example.org"),
    host("none", b""),
    host("a path behind it", b"example.org/evil"),
    host("a user in front of it", b"user@example.org"),
    host("a query behind it", b"example.org?a"),
    host("a fragment behind it", b"example.org#a"),
    host("a backslash", b"example.org\\evil"),
    host("space inside", b"example.org evil.test"),
    host("quotes", b'"example.org"'),
    host("characters that the DNS has not", b"ex\xe4mple.org"),
    host("percent signs", b"example%2eorg"),
    host("a port that is none", b"example.org:http"),
    host("an empty port", b"example.org:"),
    host("a port above all", b"example.org:65536"),
    host("two ports", b"example.org:80:80"),
    host("brackets without an address", b"[example]"),
    host("longer than any name", b"a" * 256),
]

PORTS = [
    port("one beside the scheme's", b"8080", b"own.test:8080"),
    port("the scheme's is left out", b"80", b"own.test"),
    port("of the scheme that is believed", b"443", b"own.test", (b"x-forwarded-proto", b"https")),
    port(
        "in place of the host's",
        b"8080",
        b"example.org:8080",
        (b"x-forwarded-host", b"example.org:81"),
    ),
    port("behind an address", b"81", b"[::1]:81", (b"x-forwarded-host", b"[::1]")),
    port("0", b"0"),
    port("above all", b"65536"),
    port("more digits than a port has", b"000080"),
    port("a negative one", b"-1"),
    port("none", b""),
    port("a word", b"http"),
]

PREFIXES = [
    prefix("a path", b"/api", "/api"),
    prefix("several segments", b"/api/v1", "/api/v1"),
    prefix("a slash at its end", b"/api/", "/api"),
    prefix("the root", b"/", is_kept=True),
    prefix("percent-encoded", b"/a%20b", "/a b"),
    prefix("no slash in front", b"api"),
    prefix("two of them", b"//evil.test"),
    prefix("two of them inside", b"/api//v1"),
    prefix("two of them at its end", b"/api//"),
    prefix("a delete in disguise", b"/a%7fb"),
    prefix("a URL", b"https://evil.test/"),
    prefix("a segment that leads up", b"/api/../admin"),
    prefix("the same at its end", b"/api/.."),
    prefix("a segment that leads nowhere", b"/./api"),
    prefix("up in disguise", b"/api/%2e%2e/admin"),
    prefix("a slash in disguise", b"/%2fevil.test"),
    prefix("a backslash", b"/\\evil.test"),
    prefix("one in disguise", b"/%5cevil.test"),
    prefix("the end of a line in disguise", b"/a%0d%0ab"),
    prefix("a query", b"/api?a"),
    prefix("a fragment", b"/api#a"),
    prefix("half an escape", b"/a%2"),
    prefix("no UTF-8", b"/%ff"),
    prefix("one as long as is believed", b"/" + b"a" * 1023, "/" + "a" * 1023),
    prefix("one that is longer", b"/" + b"a" * 1024),
]

ELEMENTS = [
    forwarded("an address", b"for=203.0.113.9", client=CLIENT, kept=(b"for=203.0.113.9",)),
    forwarded(
        "all that is said of the client",
        b'for="[2001:db8::9]:4711";proto=https;host="example.org:8443";by=_a',
        client=("2001:db8::9", 4711),
        scheme="https",
        host=b"example.org:8443",
        kept=(b'for="[2001:db8::9]:4711";proto=https;host="example.org:8443";by=_a',),
    ),
    forwarded(
        "names and schemes in any case",
        b"For=203.0.113.9;PROTO=Https",
        client=CLIENT,
        scheme="https",
        kept=(b"For=203.0.113.9;PROTO=Https",),
    ),
    forwarded(
        "in front of it, what a client has made up",
        b"for=127.0.0.1;proto=https;host=evil.test, for=203.0.113.9;proto=http",
        client=CLIENT,
        kept=(b"for=203.0.113.9;proto=http",),
    ),
    forwarded(
        "the same in a field of its own",
        b"for=127.0.0.1;proto=https",
        b"for=203.0.113.9",
        client=CLIENT,
        kept=(b"for=203.0.113.9",),
    ),
    forwarded(
        "a quote that never ends, in front of it",
        b'for="127.0.0.1, for=203.0.113.9;host="own.test"',
        client=CLIENT,
        kept=(b'for=203.0.113.9;host="own.test"',),
    ),
    forwarded(
        "a trusted proxy is walked past to what is said of the client",
        b"for=203.0.113.9;proto=https;host=example.org, for=10.0.0.1;proto=http;host=inner",
        client=CLIENT,
        scheme="https",
        host=b"example.org",
        kept=(b"for=203.0.113.9;proto=https;host=example.org, for=10.0.0.1;proto=http;host=inner",),
    ),
    forwarded(
        "what is malformed ends the walk",
        b"for=203.0.113.9, for=, for=10.0.0.1;proto=https",
        client=("10.0.0.1", 0),
        scheme="https",
        kept=(b"for=10.0.0.1;proto=https",),
    ),
    forwarded(
        "in a field in front of it, too",
        b"for=203.0.113.9, for",
        b"for=10.0.0.1",
        client=("10.0.0.1", 0),
        kept=(b"for=10.0.0.1",),
    ),
    forwarded(
        "empty elements are nothing",
        b", for=203.0.113.9, ,for=10.0.0.1,",
        client=CLIENT,
        kept=(b"for=203.0.113.9, ,for=10.0.0.1,",),
    ),
    forwarded(
        "empty pairs are nothing",
        b";for=203.0.113.9;;proto=https;",
        client=CLIENT,
        scheme="https",
        kept=(b";for=203.0.113.9;;proto=https;",),
    ),
    forwarded(
        "space around a semicolon is let through",
        b"for=203.0.113.9 ; proto=https",
        client=CLIENT,
        scheme="https",
        kept=(b"for=203.0.113.9 ; proto=https",),
    ),
    forwarded(
        "escapes in quotes",
        b'for="203.0.113.\\9";proto="http\\s"',
        client=CLIENT,
        scheme="https",
        kept=(b'for="203.0.113.\\9";proto="http\\s"',),
    ),
    forwarded("commas in quotes", b'for=_a;by="x,y"', client=None, kept=(b'for=_a;by="x,y"',)),
    forwarded("a hidden client", b"for=_hidden", client=None, kept=(b"for=_hidden",)),
    forwarded("with a port", b'for="_hidden:80"', client=None, kept=(b'for="_hidden:80"',)),
    forwarded("an unknown one", b"for=Unknown", client=None, kept=(b"for=Unknown",)),
    forwarded(
        "a hidden port",
        b'for="203.0.113.9:_p"',
        client=CLIENT,
        kept=(b'for="203.0.113.9:_p"',),
    ),
    forwarded(
        "one that is told without the client",
        b"proto=https",
        scheme="https",
        kept=(b"proto=https",),
    ),
    forwarded("an empty field", b""),
    forwarded("a name that is no node", b"for=localhost"),
    forwarded("IPv6 without brackets", b'for="2001:db8::9"'),
    forwarded("brackets without quotes", b"for=[2001:db8::9]"),
    forwarded("a port without quotes", b"for=203.0.113.9:80"),
    forwarded("a port that is none", b'for="203.0.113.9:x"'),
    forwarded("a hidden port with a sign that it has not", b'for="203.0.113.9:_p q"'),
    forwarded("a hidden client with a port that is none", b'for="_hidden:x"'),
    forwarded("a sign that no identifier has", b'for="_hid den"'),
    forwarded("one node longer than any", b"for=_" + b"a" * 64),
    forwarded("a parameter twice", b"for=203.0.113.9;for=127.0.0.1"),
    forwarded("twice in another case", b"for=203.0.113.9;For=127.0.0.1"),
    forwarded("a scheme that is none", b"for=203.0.113.9;proto=gopher"),
    forwarded("a host that is none", b'for=203.0.113.9;host="a/b"'),
    forwarded("no value", b"for"),
    forwarded("no name", b"=203.0.113.9"),
    forwarded("a space in front of the equals sign", b"for =203.0.113.9"),
    forwarded("a space behind it", b"for= 203.0.113.9"),
    forwarded("a quote that never ends", b'for="203.0.113.9'),
    forwarded("one that never begins", b'for=203.0.113.9"'),
    forwarded("an escape of the last quote", b'for="203.0.113.9\\"'),
    forwarded("the same in another pair", b'for=203.0.113.9;by="x\\"'),
    forwarded("a quote inside that is not escaped", b'for=203.0.113.9;by="x"y"'),
    forwarded("something behind the quotes", b'for="203.0.113.9"x'),
    forwarded(
        "an element that begins before what is read of a field",
        b"for=127.0.0.1;" + b"for=203.0.113.9;by=" + b"a" * (4096 - 19),
    ),
    forwarded(
        "the same where all of it would be well",
        b"x=y;" + b"for=203.0.113.9;by=" + b"a" * (4096 - 19),
    ),
    forwarded(
        "a field as long as is read",
        b"for=203.0.113.9;by=" + b"a" * (4096 - 19),
        client=CLIENT,
        kept=(b"for=203.0.113.9;by=" + b"a" * (4096 - 19),),
    ),
    forwarded(
        "an element behind one that is longer",
        b"by=" + b"a" * 4096 + b", for=203.0.113.9",
        client=CLIENT,
        kept=(b"for=203.0.113.9",),
    ),
]

SELECTIONS = [
    removed("the other dialect", b"forwarded", b"for=203.0.113.9;proto=https"),
    removed("the other way round", b"x-forwarded-for", b"203.0.113.9", fields=("forwarded",)),
    removed("its scheme", b"x-forwarded-proto", b"https", fields=("forwarded",)),
    removed("a host that is not selected", b"x-forwarded-host", b"evil.test"),
    removed("a port that is not selected", b"x-forwarded-port", b"81"),
    removed("a prefix that is not selected", b"x-forwarded-prefix", b"/evil"),
    removed("a scheme that is not selected", b"x-forwarded-proto", b"https"),
    removed("nothing is selected", b"x-forwarded-for", b"203.0.113.9", fields=()),
    removed("nothing of the other dialect", b"forwarded", b"for=203.0.113.9", fields=()),
    removed("an underscore", b"x_forwarded_for", b"203.0.113.9"),
    removed("one of two", b"x-forwarded_for", b"203.0.113.9"),
    removed("the other one of two", b"x_forwarded-for", b"203.0.113.9"),
    removed("one in the name of the host", b"x_forwarded_host", b"evil.test", fields=("host",)),
    removed("one in the scheme's", b"x_forwarded_proto", b"https", fields=("proto",)),
    removed("one in the port's", b"x_forwarded_port", b"81", fields=("port",)),
    removed("one in the prefix's", b"x_forwarded_prefix", b"/evil", fields=("prefix",)),
    removed("an address by another name", b"x-real-ip", b"203.0.113.9"),
    removed("that with an underscore", b"x_real_ip", b"203.0.113.9"),
    removed("a scheme by another name", b"x-forwarded-scheme", b"https"),
    removed("by a third", b"x-forwarded-protocol", b"https"),
    removed("by a fourth", b"x-forwarded-ssl", b"on"),
    removed("by a fifth", b"x-url-scheme", b"https"),
    removed("by a sixth", b"front-end-https", b"on"),
    removed("a proxy's own name", b"x-forwarded-server", b"evil.test"),
    removed("its address", b"x-forwarded-by", b"203.0.113.9"),
    Row(
        "what else a trusted proxy says is the application's",
        [(b"x-forwarded-user", b"peter"), (b"cf-connecting-ip", b"203.0.113.9")],
        kept=((b"x-forwarded-user", b"peter"), (b"cf-connecting-ip", b"203.0.113.9")),
    ),
    Row(
        "what is no proxy's",
        [(b"x-forwardedfor", b"203.0.113.9"), (b"forwarded-for", b"203.0.113.9")],
        kept=((b"x-forwardedfor", b"203.0.113.9"), (b"forwarded-for", b"203.0.113.9")),
    ),
]

STRANGERS = [
    stranger("an address", b"x-forwarded-for", b"203.0.113.9"),
    stranger("that of a trusted proxy", b"x-forwarded-for", b"192.0.2.1"),
    stranger("a scheme", b"x-forwarded-proto", b"https"),
    stranger("a host", b"x-forwarded-host", b"evil.test"),
    stranger("a port", b"x-forwarded-port", b"81"),
    stranger("a prefix", b"x-forwarded-prefix", b"/evil"),
    stranger("the other dialect", b"forwarded", b"for=203.0.113.9"),
    stranger("an underscore", b"x_forwarded_for", b"203.0.113.9"),
    stranger("one of two", b"x-forwarded_proto", b"https"),
    stranger("an address by another name", b"x-real-ip", b"203.0.113.9"),
    stranger("by a third", b"x_client_ip", b"203.0.113.9"),
    stranger("by a fourth", b"x-cluster-client-ip", b"203.0.113.9"),
    stranger("by a fifth", b"true-client-ip", b"203.0.113.9"),
    stranger("by a sixth", b"cf-connecting-ip", b"203.0.113.9"),
    stranger("by a seventh", b"fastly-client-ip", b"203.0.113.9"),
    stranger("a scheme by another name", b"front-end-https", b"on"),
    stranger("by a third name", b"x-url-scheme", b"https"),
    Row(
        "what is no proxy's",
        [(b"x-forwardedfor", b"203.0.113.9"), (b"forwarded-for", b"203.0.113.9")],
        kept=((b"x-forwardedfor", b"203.0.113.9"), (b"forwarded-for", b"203.0.113.9")),
        trusted=("192.0.2.1",),
    ),
    stranger("a user", b"x-forwarded-user", b"admin"),
    stranger("a certificate", b"x_forwarded_client_cert", b"Subject=admin"),
]

TABLES: Final = {
    "X-Forwarded-For": WALKS,
    "X-Forwarded-Proto": PROTOS,
    "X-Forwarded-Host": HOSTS,
    "X-Forwarded-Port": PORTS,
    "X-Forwarded-Prefix": PREFIXES,
    "Forwarded": ELEMENTS,
    "from a trusted peer": SELECTIONS,
    "from a stranger": STRANGERS,
}

ROWS: Final = {f"{table}: {row.rule}": row for table, rows in TABLES.items() for row in rows}
"""All of them, by names of their own."""
