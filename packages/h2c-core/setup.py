# Compiles the hot modules with mypyc. BUILD_MYPYC=1 means must (a failure is an error), 0 means
# never; unset, a wheel is compiled where a C compiler and Python.h are there.

import os
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import cast

from setuptools import Extension, setup
from setuptools.errors import CCompilerError, ExecError, PlatformError

INTERPRETED = {
    "__init__": "re-exports and runs once",
    "_limits": "a frozen dataclass, read once a connection",
    "_version": "read by the build, not run",
    "errors": "exceptions, which callers may derive from",
}


def c_compiler_fault(directory: str) -> str:
    """Return why no C extension can be built here, or an empty string where one can."""
    if sys.implementation.name != "cpython":
        return f"mypyc does not compile for {sys.implementation.name}"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "mypyc does not compile for free-threaded Python yet"
    # setuptools provides it once imported; the standard library has it no more.
    from distutils import ccompiler, sysconfig as compiler_settings  # noqa: I001, PLC0415

    source = Path(directory, "probe.c")
    source.write_text("#include <Python.h>\nint probe(void) { return PY_MAJOR_VERSION; }\n")
    compiler = ccompiler.new_compiler()
    compiler_settings.customize_compiler(compiler)
    include = [sysconfig.get_path("include"), sysconfig.get_path("platinclude")]
    try:
        compiler.compile([str(source)], output_dir=directory, include_dirs=include)
    except (CCompilerError, ExecError, PlatformError, OSError) as error:
        return f"a C compiler with Python.h is needed ({error})"
    return ""


def extensions(directory: str) -> list[Extension]:
    """Return what this build compiles: nothing, or one extension a hot module."""
    # An editable install stays plain Python, so that no old extension masks an edit.
    if "bdist_wheel" not in sys.argv or "editable_wheel" in sys.argv:
        return []
    wanted = os.environ.get("BUILD_MYPYC", "")
    if wanted not in {"", "0", "1"}:
        raise SystemExit(f"BUILD_MYPYC must be 0, 1 or unset, not {wanted!r}")
    fault = "BUILD_MYPYC=0" if wanted == "0" else c_compiler_fault(directory)
    if fault and wanted == "1":
        raise SystemExit(f"BUILD_MYPYC=1, but h2c_core cannot be compiled: {fault}")
    if fault:
        print(f"h2c_core is built as plain Python, which is slower: {fault}", file=sys.stderr)  # noqa: T201
        return []
    from mypyc.build import mypycify  # noqa: PLC0415

    hot = [p for p in Path("src/h2c_core").glob("*.py") if p.stem not in INTERPRETED]
    options = ["--strict", "--cache-dir", str(Path(directory, "cache"))]
    built = mypycify(
        [*options, *sorted(map(str, hot))],
        opt_level="3",
        debug_level="0",
        group_name="h2c_core",
        target_dir=directory,
    )
    return cast("list[Extension]", built)


# Everything is built in a directory of its own: setuptools puts into a wheel whatever an earlier
# build left in build/, extensions of other sources included.
with tempfile.TemporaryDirectory(prefix="h2c-core-build-") as build:
    setup(ext_modules=extensions(build), options={"build": {"build_base": build}})
