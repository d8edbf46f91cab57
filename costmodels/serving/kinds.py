"""From steps to what is measured: batches, queues of requests, closed loops, power.

Letters: B sequences at once, S prompt tokens, O output tokens, T a time. An engine with work
waiting runs cycles: in O steps each of B sequences gives all its tokens and B prompts come in, a
prompt a step (B/O of them where B > O):

    cycle = (O - m)·T_decode(B) + m·T_mixed(B, B/m prompts),  m = min(O, B)
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from agentc.costmodels.serving import timing

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from agentc.costmodels.serving.constants import Constants
    from agentc.costmodels.serving.facts import Facts, Floats

S_TO_MS = 1e3
# Requests a batch engine takes at once where nothing else bounds it.
MOST_SEQUENCES = 2048.0
HOST_WATTS = 250.0
IDLE_SHARE = 0.15
DECODE_POWER_SHARE = 0.65
INTERACTIVE_SHARE = 0.6
HALF_A_SEQUENCE = 0.5


@dataclass(frozen=True)
class Work:
    """Columns of what is asked: tokens, sequences at once, replicas, requests' kind."""

    prompt: Floats
    output: Floats
    batch: Floats
    replicas: Floats
    devices: Floats

    def take(self, rows: NDArray[np.intp]) -> Work:
        """The work of these row numbers, in this order."""
        return Work(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def running(f: Facts, c: Constants, w: Work) -> Floats:
    """Sequences that run at once: those asked for, or those that memory holds.

    A model that does not fit at all was measured somehow: then memory is taken not to bind.
    """
    fit = timing.sequences_that_fit(f, c, w.prompt + w.output)
    return np.where(fit >= HALF_A_SEQUENCE, np.minimum(w.batch, np.maximum(fit, 1.0)), w.batch)


def decode_s(f: Facts, c: Constants, w: Work) -> Floats:
    """Mean time of a decode step, in seconds: the context grows from S to S + O."""
    return timing.decode_step_s(f, c, running(f, c, w), w.prompt + w.output / 2.0)


def batch_s(f: Facts, c: Constants, w: Work) -> Floats:
    """A batch from its start to its last token, in seconds; what memory does not hold waits."""
    b = running(f, c, w)
    turns = w.batch / b
    steps = np.maximum(w.output - 1.0, 0.0)
    again = np.where(turns > 1.0, c.refill, 1.0)
    step = timing.decode_step_s(f, c, b, w.prompt + w.output / 2.0)
    return timing.prefill_s(f, c, w.batch, w.prompt) + turns * again * steps * step + c.request_ms * 1e-3


def cycle_s(f: Facts, c: Constants, w: Work, carried: Floats) -> Floats:
    """Time in which each running sequence gives its O tokens, in seconds.

    `carried` of the prompts that come in meanwhile are counted, as a fraction.
    """
    b = running(f, c, w)
    middle = w.prompt + w.output / 2.0
    steps = np.minimum(w.output, b)
    mixed = timing.mixed_step_s(f, c, b, middle, b / steps, np.maximum(w.prompt, 1.0))
    plain = timing.decode_step_s(f, c, b, middle)
    extra = np.maximum(mixed - plain, 0.0)
    return w.output * plain + steps * carried * extra * c.prefill


def first_token_s(f: Facts, c: Constants, w: Work) -> Floats:
    """Mean time to the first token under a closed loop of `batch` clients, in seconds.

    Half a step passes before a request is seen; prefills queue (M/D/1 at their utilization); the
    `burst` part of requests arrives together and waits for half of the others; what memory does
    not hold waits for whole cycles.
    """
    b = running(f, c, w)
    one = np.ones_like(b)
    prefill = timing.prefill_s(f, c, one, w.prompt)
    cycle = cycle_s(f, c, w, one)
    step = timing.decode_step_s(f, c, b, w.prompt + w.output / 2.0)
    busy = np.minimum(b * prefill / cycle, 0.9)
    queue = prefill * busy / (2.0 * (1.0 - busy))
    together = c.burst * (b - 1.0) / 2.0 * prefill
    waiting = (w.batch / b - 1.0) * cycle
    return c.request_ms * 1e-3 + step / 2.0 + prefill + queue + together + waiting


def _ttft_prefill(f: Facts, c: Constants, w: Work) -> Floats:
    return S_TO_MS * timing.prefill_s(f, c, w.batch, w.prompt) + c.request_ms


def _ttft_closed(f: Facts, c: Constants, w: Work) -> Floats:
    return S_TO_MS * first_token_s(f, c, w)


def _tpot_static(f: Facts, c: Constants, w: Work) -> Floats:
    return S_TO_MS * decode_s(f, c, w)


def _tpot_closed(f: Facts, c: Constants, w: Work) -> Floats:
    b = running(f, c, w)
    return S_TO_MS * cycle_s(f, c, w, (b - 1.0) / b) / w.output


def _e2e_closed(f: Facts, c: Constants, w: Work) -> Floats:
    b = running(f, c, w)
    return first_token_s(f, c, w) + cycle_s(f, c, w, (b - 1.0) / b)


def _throughput_static(f: Facts, c: Constants, w: Work) -> Floats:
    return w.replicas * w.batch * w.output / batch_s(f, c, w)


def _throughput_offline(f: Facts, c: Constants, w: Work) -> Floats:
    b = running(f, c, w)
    return w.replicas * b * w.output / cycle_s(f, c, w, np.ones_like(b))


def _throughput_served(f: Facts, c: Constants, w: Work) -> Floats:
    return _throughput_offline(f, c, w) * c.served


def _throughput_interactive(f: Facts, c: Constants, w: Work) -> Floats:
    """Interactive limits halve the time a token may take: about six tenths of the server's rate."""
    return _throughput_served(f, c, w) * INTERACTIVE_SHARE


def _throughput_closed(f: Facts, c: Constants, w: Work) -> Floats:
    return w.replicas * w.batch * w.output / _e2e_closed(f, c, w)


def _decode_rate(f: Facts, c: Constants, w: Work) -> Floats:
    return w.replicas * w.batch / decode_s(f, c, w)


def _prefill_rate(f: Facts, c: Constants, w: Work) -> Floats:
    prompt = np.maximum(w.prompt, 1.0)
    return w.replicas * w.batch * prompt / timing.prefill_s(f, c, w.batch, prompt)


def _watts(f: Facts, c: Constants, w: Work) -> Floats:
    """Power of all devices and their hosts: decoding draws about two thirds of the rated power."""
    del c
    device = f.tdp * (IDLE_SHARE + (1.0 - IDLE_SHARE) * DECODE_POWER_SHARE)
    return w.devices * device + HOST_WATTS * np.ceil(w.devices / 8.0)


STATIC, OFFLINE, CLOSED = "static", "offline", "closed"
LOOPS = {
    "offline": OFFLINE,
    "mlperf_offline": OFFLINE,
    "mlperf_server": OFFLINE,
    "mlperf_interactive": OFFLINE,
    "closed": CLOSED,
    "trace": CLOSED,
}
ANYWHERE = {"system_power_w": _watts, "prefill_tok_s": _prefill_rate, "decode_tok_s": _decode_rate}
SPECIAL = {
    ("mlperf_server", "throughput_out_tok_s"): _throughput_served,
    ("mlperf_interactive", "throughput_out_tok_s"): _throughput_interactive,
}
FORMULAS = {
    (STATIC, "ttft_ms"): _ttft_prefill,
    (STATIC, "tpot_ms"): _tpot_static,
    (STATIC, "e2e_latency_s"): batch_s,
    (STATIC, "throughput_out_tok_s"): _throughput_static,
    (OFFLINE, "ttft_ms"): _ttft_closed,
    (OFFLINE, "tpot_ms"): _tpot_closed,
    (OFFLINE, "e2e_latency_s"): batch_s,
    (OFFLINE, "throughput_out_tok_s"): _throughput_offline,
    (CLOSED, "ttft_ms"): _ttft_closed,
    (CLOSED, "tpot_ms"): _tpot_closed,
    (CLOSED, "e2e_latency_s"): _e2e_closed,
    (CLOSED, "throughput_out_tok_s"): _throughput_closed,
}


def formula_of(kind: str, metric: str) -> Callable[[Facts, Constants, Work], Floats] | None:
    """The formula of one metric of one kind of measurement; None where there is none."""
    own = ANYWHERE.get(metric) or SPECIAL.get((kind, metric))
    return own or FORMULAS.get((LOOPS.get(kind, STATIC), metric))
