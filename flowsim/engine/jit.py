"""How functions are compiled: all that flowsim knows of numba's own parts.

`compiled` is for functions that Python calls: their code is kept on disk. `inner` is for those that
only compiled functions call: they are compiled within their callers.
"""

from __future__ import annotations

import hashlib
import pickle
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import llvmlite
import numba
import numpy as np
from numba import config, njit, types
from numba.core.caching import NullCache
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, CompileResult, DefaultPassBuilder
from numba.core.compiler_machinery import LoweringPass, register_pass
from numba.core.registry import cpu_target
from numba.core.serialize import dumps
from numba.core.typed_passes import AnnotateTypes

from flowsim.engine import kept_code

__all__ = ["IS_COMPILED", "compiled", "inner", "is_cached", "kept_in", "why_not_kept"]

Function = TypeVar("Function", bound=Callable[..., Any])
IS_COMPILED = not config.DISABLE_JIT
_NAMESPACES: dict[str, dict[str, Any]] = {}  # of the modules with compiled functions, by name
_FAULTS: list[OSError] = []  # why code could not be kept


def compiled(function: Function) -> Function:
    """Compile a function on its first call, keep its code on disk, and free the GIL while it runs.

    A division by zero gives inf or nan, as in C, instead of a test before every division. No
    function here divides by zero, so the uncompiled path never raises where this one does not.
    """
    _NAMESPACES[function.__module__] = function.__globals__
    dispatcher = njit(nogil=True, error_model="numpy")(function)
    if IS_COMPILED:
        dispatcher._cache = _KeptCode(function.__name__)
    return cast(Function, dispatcher)


def inner(function: Function) -> Function:
    """Compile a function that only compiled ones call."""
    _NAMESPACES[function.__module__] = function.__globals__
    return cast(Function, _without_literals(njit(**_OPTIONS)(function)))


# What is kept on disk -------------------------------------------------------------------------


def is_cached(function: Callable[..., Any]) -> bool:
    """Return whether a compiled function needs no compilation any more."""
    if not IS_COMPILED or cast(Any, function).signatures:
        return True
    folder = kept_in()
    files = folder.glob(f"{function.__name__}-*.code") if folder else ()
    return any(kept_code.read(file) is not None for file in files)


@cache
def kept_in() -> Path | None:
    """Return the folder of everything that is compiled here, None if there can be none."""
    try:
        return kept_code.folder_of(_key())
    except OSError as fault:
        _FAULTS.append(fault)
        return None


def why_not_kept() -> str:
    """Return in words why the next start has to compile again; "" if it has not."""
    if not IS_COMPILED:
        return ""
    if kept_in() is None:
        return "there is no folder that only you can write to (NUMBA_CACHE_DIR may name one)"
    return f"{kept_in()}: {(_FAULTS[0].strerror or str(_FAULTS[0])).lower()}" if _FAULTS else ""


def _key() -> str:
    """Return a hash of all that compiled code depends on.

    The texts of the modules, every constant in them (those that they import too), the versions and
    settings of what compiles, and the processor.
    """
    parts: list[object] = [numba.__version__, llvmlite.__version__, np.__version__, sys.version]
    parts += [cpu_target.target_context.codegen().magic_tuple(), config.OPT, config.BOUNDSCHECK]
    parts.append(Path(__file__).read_bytes())
    for name, namespace in sorted(_NAMESPACES.items()):
        constants = sorted(
            (key, repr(value))
            for key, value in namespace.items()
            if isinstance(value, (int, float, str, tuple, np.generic)) and not key.startswith("__")
        )
        parts += [name, Path(namespace["__file__"]).read_bytes(), constants]
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


class _KeptCode(NullCache):
    """The code of one function on disk, as numba's dispatcher asks for it.

    In place of numba's own cache, which a cut file or a folder that cannot be written brings down,
    and which does not notice a constant that changed in another file.

    Parameters
    ----------
    name : of the function
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def _path(self, signature: Any) -> Path | None:
        folder = kept_in()
        digest = hashlib.sha256(repr(signature).encode()).hexdigest()[:16]
        return folder / f"{self._name}-{digest}.code" if folder else None

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return the code for the types of a call, None if it is not there."""
        target_context.refresh()
        path = self._path(sig)
        data = kept_code.read(path) if path else None
        return data and CompileResult._rebuild(target_context, *pickle.loads(data))

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep the code for the types of a call; a full disk is no reason to stop a run."""
        path = self._path(sig)
        if path and not data.library.has_dynamic_globals:
            try:
                kept_code.write(path, dumps(data._reduce()))
            except OSError as fault:
                _FAULTS.append(fault)


# Functions within their callers ---------------------------------------------------------------


class _LinkedLibrary(JITCodeLibrary):
    """Code of an inner function: optimised and turned into machine code within its callers only.

    numba would do both for each function with all that it calls, which is a third of the time that
    everything takes to compile.
    """

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True

    def get_pointer_to_function(self, name: str) -> int:
        return 0  # no code, no address

    @property
    def codegen(self) -> Any:
        return self

    def set_env(self, name: str, environment: Any) -> None:
        """Do nothing: there is no code whose environment could be set."""


@register_pass(mutates_CFG=False, analysis_only=True)
class _IntoLinkedLibrary(LoweringPass):
    """Give a function such a library, before its code is made."""

    _name = "into_linked_library"

    def __init__(self) -> None:
        super().__init__()

    def run_pass(self, state: Any) -> bool:
        state.library = _LinkedLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        return True


class _InnerCompiler(CompilerBase):
    def define_pipelines(self) -> list[Any]:
        passes = DefaultPassBuilder.define_nopython_pipeline(self.state)
        passes.add_pass_after(_IntoLinkedLibrary, AnnotateTypes)
        passes.finalize()
        return [passes]


_OPTIONS = {
    "pipeline_class": _InnerCompiler,
    "nogil": True,
    "error_model": "numpy",
    "no_cpython_wrapper": True,  # never called from Python
    "no_cfunc_wrapper": True,
}


def _without_literals(dispatcher: Any) -> Any:
    """Compile a function once for all numbers, not anew for each that a call spells out."""
    if IS_COMPILED:
        resolve = dispatcher.get_call_template
        dispatcher.get_call_template = lambda args, kws: resolve(
            tuple(types.unliteral(kind) for kind in args), kws
        )
    return dispatcher
