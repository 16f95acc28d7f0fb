"""Whether two functions fail at the same operation for the same reason. The type of an exception alone says little."""

import dis
import re
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from torch.overrides import TorchFunctionMode

from dremeta_lite.exercises.comparing import difference, fresh
from dremeta_lite.exercises.exercise import Case
from dremeta_lite.exercises.watching import Stopped, said

LIBRARIES = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}


@dataclass(frozen=True)
class Failure:
    """An error, the operation that raised it, and what torch was given, if it was a function of torch's."""

    kind: type[BaseException]
    text: str
    operation: Any
    given: tuple[Any, ...] = ()


class LastCall(TorchFunctionMode):
    """Keeps the function of torch that failed, and what it was given."""

    error: Exception | None = None
    operation: Any = None
    given: tuple[Any, ...] = ()

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        try:
            return func(*args, **(kwargs or {}))
        except Exception as error:
            self.error, self.operation, self.given = error, getattr(func, "__name__", func), (*args, *(kwargs or {}).values())
            raise


def same_reason(case: Case, one: Callable[..., Any], other: Callable[..., Any]) -> bool:
    """Whether both fail in this case with the same words, at the same operation; where that is one of torch's, on the same values."""
    a, b = failure(case, one), failure(case, other)
    if a is None or b is None or (a.kind, a.text, a.operation) != (b.kind, b.text, b.operation):
        return False
    return difference(a.given, b.given, case.tolerance) is None


def failure(case: Case, answer: Callable[..., Any]) -> Failure | None:
    last = LastCall()
    try:
        with last:
            answer(*fresh(case.arguments))
    except (KeyboardInterrupt, Stopped):
        raise
    except BaseException as error:
        if error is last.error:
            return Failure(type(error), words_of(error), last.operation, last.given)
        if isinstance(error, ZeroDivisionError):
            return Failure(ZeroDivisionError, "", "/")  # its words differ between /, //, % and divmod
        return Failure(type(error), words_of(error), operation_of(error.__traceback__))
    return None


def words_of(error: BaseException) -> str:
    """What it says, but for addresses in memory; two numbers may have come in the other order, as sizes do."""
    text = re.sub(r"0x[0-9a-fA-F]+", "", said(error))
    return " ".join([re.sub(r"\d+", "#", text), *sorted(re.findall(r"\d+", text))])


def operation_of(trace: TracebackType | None) -> tuple[str, str]:
    """What Python was doing where the error arose, and in a library, in which of its functions."""
    assert trace is not None
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    step = next(step for step in dis.get_instructions(code) if step.offset == trace.tb_lasti)
    operation = step.argrepr.rstrip("=") if step.opname == "BINARY_OP" else step.opname
    return operation, code.co_name if code.co_filename.startswith(tuple(LIBRARIES)) else ""
