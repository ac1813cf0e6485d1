"""The columns of the store and of every JSON output, each with its unit and meaning.

A missing value is None, never 0. `docs/columns.md` is made from this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from ecotui.core.arm import WATCHED

SCHEMA_VERSION = 2


def column(text: str, unit: str = "") -> Any:
    """A field of a row, with what `docs/columns.md` says of it."""
    return field(default=None, metadata={"text": text, "unit": unit})


@dataclass(frozen=True, kw_only=True)
class WindowRow:
    """One measured window."""

    run_id: str = field(metadata={"text": "session_id, a dot, and the arm's number", "unit": ""})
    session_id: str = field(metadata={"text": "the session that holds the run", "unit": ""})
    window: int = field(metadata={"text": "number of the window, from 1", "unit": ""})
    simulated: bool = field(metadata={"text": "the watts are a model's, not a board's", "unit": ""})
    schema_version: int = field(default=SCHEMA_VERSION, metadata={"text": "version of these columns", "unit": ""})
    started_at: datetime | None = column("start of the window, UTC")
    t0_ns: int | None = column("start of the bracket, monotonic clock of the host", "ns")
    t1_ns: int | None = column("end of the bracket", "ns")
    window_s: float | None = column("length of the bracket", "s")
    calls: int | None = column("generate() calls in the window")
    tokens: int | None = column("tokens generated, all rows and calls")
    tokens_expected: int | None = column("calls times batch size times new tokens")
    new_tokens: int | None = column("tokens generated a row and call")
    block: int | None = column("block of the paired session that it belongs to, from 1")
    split: bool | None = column("a window of another output length: it tells prefill from decode and enters no mean")
    throughput_tok_s: float | None = column("tokens over window_s, prefill included", "tok/s")
    power_mean_w: float | None = column("energy_gross_j over window_s", "W")
    energy_gross_j: float | None = column("energy of the whole board in the bracket", "J")
    energy_source: str | None = column("counter, or integral where the board has no counter")
    energy_counter_j: float | None = column("from ticks of the board's counter", "J")
    energy_counter_doubt: str | None = column("why the counter is not believed, in words")
    energy_integral_j: float | None = column("integral of instant power", "J")
    energy_integral_source: str | None = column(
        "of the integral: ring (the driver's 20 ms samples) or readings (10 Hz)"
    )
    energy_sources_diff_pct: float | None = column("counter against integral: 100 * (counter / integral - 1)", "%")
    energy_edge_error_pct: float | None = column("how far the window's edges may put the energy off", "%")
    energy_gross_j_per_1k_tokens: float | None = column("1000 * energy_gross_j / tokens", "J")
    energy_net_context_j_per_1k_tokens: float | None = column("the same, minus idle power with the weights loaded", "J")
    energy_net_bare_j_per_1k_tokens: float | None = column("the same, minus idle power before the worker began", "J")
    energy_gross_j_per_request: float | None = column("energy_gross_j / (calls * batch size)", "J")
    ttft_ms: float | None = column("time to first token, mean over calls", "ms")
    tpot_ms: float | None = column("time per output token after the first, mean over calls", "ms")
    itl_p50_ms: float | None = column("inter-token latency, median", "ms")
    itl_p99_ms: float | None = column("inter-token latency, 99th percentile", "ms")
    decode_tok_s: float | None = column("tokens after the first of all calls over the time that they took", "tok/s")
    e2e_tok_s: float | None = column("tokens of all calls over their time from the start to the last token", "tok/s")
    temperature_start_c: float | None = column("first temperature in the window", "°C")
    temperature_end_c: float | None = column("last temperature in the window", "°C")
    sm_clock_mean_mhz: float | None = column("mean SM clock", "MHz")
    utilization_mean_pct: float | None = column("mean of the board's own utilization", "%")
    memory_used_peak_b: int | None = column("most memory in use on the board", "B")
    memory_peak_b: int | None = column("most memory that torch's allocator held, for all arms resident together", "B")
    clock_event_reasons: int | None = column("all clock event bits that were seen, or-ed")
    throttle_ms: float | None = column(
        "time of hardware and thermal slowdowns in it at most, from the board's own counters", "ms"
    )
    power_cap_ms: float | None = column("time at the power limit, from the board's own counters", "ms")
    idle_readings_pct: float | None = column("share of readings in which the board called itself idle", "%")
    reading_gap_max_ms: float | None = column("longest gap between readings", "ms")
    valid: bool | None = column("no cause was found to distrust the window")
    cause: str | None = column("why the window is INVALID, in words")
    watched_prompt_tokens: int | None = column("prompt tokens that a watched server counted in it")
    watched_running: float | None = column("requests in work at a watched server, mean over its answers")
    watched_waiting: float | None = column("requests that waited there, mean")


@dataclass(frozen=True, kw_only=True)
class RunRow:
    """An arm inside a session: what it was, and the summary of its windows."""

    run_id: str = field(metadata={"text": "session_id, a dot, and the arm's number", "unit": ""})
    session_id: str = field(metadata={"text": "the session that holds the run", "unit": ""})
    simulated: bool = field(metadata={"text": "the watts are a model's, not a board's", "unit": ""})
    schema_version: int = field(default=SCHEMA_VERSION, metadata={"text": "version of these columns", "unit": ""})
    started_at: datetime | None = column("start of the session, UTC")
    outcome: str | None = column("completed, stopped, failed; unfinished where the log has no end")
    reason: str | None = column("why it did not complete")
    label: str | None = column("the operator's own words")
    model: str | None = column("synthetic:NAME, sample:NAME, Hugging Face id, or path")
    weights: str | None = column("random or checkpoint")
    quantization: str | None = column("fp16, bf16, nf4, nf4-dq, int8, int8-pure")
    llm_int8_threshold: float | None = column("outlier threshold of LLM.int8; 0 is no decomposition")
    dtype: str | None = column("dtype of all that is not quantized")
    engine: str | None = column(
        "eager: transformers' generate(), dynamic cache; graph: static cache, one decoding step captured as a CUDA "
        "graph (on the CPU the same step, uncaptured); watched SERVER: whatever that server does"
    )
    batch_size: int | None = column("rows generated at once")
    prompt_tokens: int | None = column("length of each prompt")
    new_tokens: int | None = column("tokens generated a row, always exactly")
    parameters: int | None = column("parameters of the model as loaded")
    weights_b: int | None = column("bytes of weights and buffers on the device", "B")
    load_s: float | None = column("time to load or build the model", "s")
    memory_forecast_b: int | None = column("memory that was forecast before the load", "B")
    memory_free_b: int | None = column("free on the board when the forecast was made", "B")
    int8_layers: int | None = column("linear layers that are bitsandbytes' Linear8bitLt")
    outlier_recipe: str | None = column("outlier channels put into random weights; none where there are none")
    outlier_columns_decode: float | None = column("input columns >= 6 a linear layer, one row of a decoding step")
    outlier_columns_prefill: float | None = column("input columns >= 6 a linear layer, any position of the prefill")
    decomposition: str | None = column("of LLM.int8 with a threshold: exercised, or not exercised")
    device: str | None = column("cuda or cpu")
    sensor: str | None = column("nvml or simulated")
    gpu_name: str | None = column("the board's name")
    gpu_uuid: str | None = column("the board's identity")
    gpu_index: int | None = column("the board's index on its host")
    power_limit_w: float | None = column("enforced power limit", "W")
    driver_version: str | None = column("NVIDIA driver")
    host: str | None = column("name of the host")
    python_version: str | None = column("version of Python")
    ecotui_version: str | None = column("version of ecotui")
    torch_version: str | None = column("version of torch")
    transformers_version: str | None = column("version of transformers")
    bitsandbytes_version: str | None = column("version of bitsandbytes")
    idle_bare_w: float | None = column("mean power before the worker began: no context of ours", "W")
    idle_bare_s: float | None = column("how long that was watched", "s")
    idle_bare_sd_w: float | None = column("standard deviation of its readings", "W")
    idle_context_w: float | None = column("mean power idle with the arm's weights resident", "W")
    idle_context_s: float | None = column("how long that was watched, before and after together", "s")
    idle_context_sd_w: float | None = column(
        "standard deviation of its readings, before and after together: a step between them is in it", "W"
    )
    idle_context_before_w: float | None = column("the part of it before the load", "W")
    idle_context_before_s: float | None = column("how long that part was watched", "s")
    idle_context_before_sd_w: float | None = column("standard deviation of that part's readings", "W")
    idle_context_after_w: float | None = column("the part of it after the last window", "W")
    idle_context_after_s: float | None = column("how long that part was watched", "s")
    idle_context_after_sd_w: float | None = column("standard deviation of that part's readings", "W")
    warmups: int | None = column("discarded generate() calls")
    stability: str | None = column("stable, UNSTABLE, or not gated: whether the board had settled before the windows")
    stability_s: float | None = column("how long the gate watched", "s")
    stability_drift_pct: float | None = column("power drift still to come when it ended, two standard errors in", "%")
    stability_tau_s: float | None = column(
        "thermal time constant, fitted and held within 2/3 (of a quick one, else 1) and 10/3 of the gate's span", "s"
    )
    blocks: int | None = column("blocks planned of a paired session, in which arms take turns; null of a run by itself")
    stopped_by: str | None = column(
        "what ended a paired session that goes on until its ratio is known: precision, or blocks, its maximum; null of "
        "others"
    )
    windows_planned: int | None = column("windows that the plan asked for")
    windows: int | None = column("windows measured, valid or not")
    windows_invalid: int | None = column("windows with a cause to distrust them; they stay in all means")
    window_s: float | None = column("mean length of a window", "s")
    tokens: int | None = column("tokens generated in all windows")
    throughput_tok_s: float | None = column("all tokens over all window time, prefill included", "tok/s")
    power_mean_w: float | None = column("all energy over all window time", "W")
    energy_gross_j: float | None = column("energy of the whole board in all windows", "J")
    energy_source: str | None = column("counter, integral, or mixed")
    energy_sources_diff_pct: float | None = column("counter against integral over all windows", "%")
    energy_edge_error_pct: float | None = column("largest edge error of a window", "%")
    energy_gross_j_per_1k_tokens: float | None = column("1000 * energy_gross_j / tokens", "J")
    energy_net_context_j_per_1k_tokens: float | None = column("the same, minus idle power with the weights loaded", "J")
    energy_net_bare_j_per_1k_tokens: float | None = column("the same, minus idle power before the worker began", "J")
    energy_net_context_error_j_per_1k_tokens: float | None = column(
        "how far the windows' edges and the idle power may put it off", "J"
    )
    energy_net_bare_error_j_per_1k_tokens: float | None = column("the same of net of bare", "J")
    energy_gross_j_per_request: float | None = column("mean energy of one row's generation", "J")
    throughput_cv_pct: float | None = column("coefficient of variation over windows", "%")
    power_cv_pct: float | None = column("coefficient of variation over windows", "%")
    energy_cv_pct: float | None = column("of energy_gross_j_per_1k_tokens over windows", "%")
    power_halves_pct: float | None = column("mean power of the second half of the windows against the first", "%")
    trend_p: float | None = column("Mann-Kendall test for a trend in energy_gross_j_per_1k_tokens, two-sided p")
    remarks: str | None = column("gates that the run did not pass, in words; it stays valid")
    ttft_ms: float | None = column("time to first token, mean over calls", "ms")
    tpot_ms: float | None = column("time per output token after the first, mean over calls", "ms")
    itl_p50_ms: float | None = column("inter-token latency, median", "ms")
    itl_p99_ms: float | None = column("inter-token latency, 99th percentile", "ms")
    decode_tok_s: float | None = column("tokens after the first of all calls over the time that they took", "tok/s")
    e2e_tok_s: float | None = column("tokens of all calls over their time from the start to the last token", "tok/s")
    prefill_energy_j: float | None = column(
        "gross energy of a request's prefill, by regression over output lengths", "J"
    )
    prefill_energy_ci_j: float | None = column("half width of its 95 % interval", "J")
    decode_energy_j_per_token: float | None = column("gross energy of a decoded token, by the same regression", "J")
    decode_energy_ci_j_per_token: float | None = column("half width of its 95 % interval", "J")
    kernel_ms: float | None = column("time a decoding step in which a kernel ran, profiled after the windows", "ms")
    kernels_per_step: float | None = column("kernels a decoding step")
    waits_per_step: float | None = column("calls a decoding step in which the host waited for the device")
    launches_per_step: float | None = column("calls a decoding step in which the host launched a kernel or a graph")
    launch_us: float | None = column("what one launch costs the host, measured without the profiler", "µs")
    launch_share_pct: float | None = column("launches_per_step times launch_us, of tpot_ms", "%")
    gap_ms: float | None = column(
        "time of a profiled step in which no kernel ran, mean over the steps; the profiler lengthens it", "ms"
    )
    gap_max_ms: float | None = column("the longest single gap in any of those steps; it may exceed the mean", "ms")
    gpu_busy_pct: float | None = column("kernel_ms over tpot_ms: share of a step in which the GPU worked", "%")
    idle_readings_pct: float | None = column("share of readings in which the board called itself idle", "%")
    bandwidth_gb_s: float | None = column("weights and cache of a step over tpot_ms", "GB/s")
    bandwidth_share_pct: float | None = column("of the board's peak memory bandwidth", "%")
    compute_share_pct: float | None = column("2 * weights * batch size over tpot_ms, of the board's peak", "%")
    peak_bandwidth_gb_s: float | None = column(
        "the board's peak memory bandwidth, from the table or the operator", "GB/s"
    )
    bound: str | None = column("host-bound, memory-bound, compute-bound, or kernel-bound: busy and near neither peak")
    bound_reason: str | None = column("why, in words")
    temperature_start_c: float | None = column("at the first window's start", "°C")
    temperature_end_c: float | None = column("at the last window's end", "°C")
    temperature_max_c: float | None = column("highest while measuring", "°C")
    sm_clock_mean_mhz: float | None = column("mean SM clock while measuring", "MHz")
    utilization_mean_pct: float | None = column("mean of the board's own utilization while measuring", "%")
    memory_used_peak_b: int | None = column("most memory in use on the board while measuring", "B")
    memory_peak_b: int | None = column("most memory that torch's allocator held, for all arms resident together", "B")
    clock_event_reasons: int | None = column("all clock event bits that were seen while measuring, or-ed")
    throttle_ms: float | None = column("time of hardware and thermal slowdowns while measuring", "ms")
    power_cap_ms: float | None = column("time at the power limit while measuring", "ms")
    valid: bool | None = column("every window is valid")
    cause: str | None = column("every cause of its INVALID windows once, in words, with the windows that had it")
    quality_path: str | None = column(
        "prefill: whole windows in one forward pass; decode: token by token through a cache, batch_size rows together; "
        "null where quality was not measured"
    )
    quality_text: str | None = column("the text that was scored: embedded, wikitext-2, a file's name, or random ids")
    quality_text_sha256: str | None = column("of its bytes; figures of different texts are never compared")
    quality_tokens: int | None = column("tokens of the text by the model's tokenizer")
    quality_bos: bool | None = column("the text begins with the tokenizer's token for that")
    quality_window: int | None = column("tokens of a window")
    quality_stride: int | None = column("tokens between the starts of sliding windows")
    quality_windows: int | None = column("windows that follow one another, scored")
    quality_windows_planned: int | None = column("windows that follow one another, of the whole text")
    quality_windows_sliding: int | None = column("sliding windows, scored")
    quality_windows_sliding_planned: int | None = column("sliding windows, of the whole text")
    perplexity_sliding: float | None = column(
        "exp of the mean negative log-likelihood of a token, sliding windows; null of random weights"
    )
    perplexity_blocks: float | None = column("the same, windows that follow one another (the GPTQ convention)")
    quality_reference: str | None = column("the run, fp16, that the ratios, divergence and agreement are against")
    perplexity_sliding_ratio: float | None = column("perplexity_sliding over that of the reference")
    perplexity_sliding_ratio_low: float | None = column("lower end of its 95 % interval, paired block bootstrap")
    perplexity_sliding_ratio_high: float | None = column("upper end")
    perplexity_blocks_ratio: float | None = column("perplexity_blocks over that of the reference")
    perplexity_blocks_ratio_low: float | None = column("lower end of its 95 % interval, paired block bootstrap")
    perplexity_blocks_ratio_high: float | None = column("upper end")
    kl_nats: float | None = column(
        "Kullback-Leibler divergence of the arm's next token from the reference's, mean over the tokens of the second "
        "half of each window",
        "nats",
    )
    kl_low_nats: float | None = column("lower end of its 95 % interval, block bootstrap", "nats")
    kl_high_nats: float | None = column("upper end", "nats")
    agreement_pct: float | None = column("of these tokens, those of which both find the same one likeliest", "%")
    agreement_low_pct: float | None = column("lower end of its 95 % interval, block bootstrap", "%")
    agreement_high_pct: float | None = column("upper end", "%")
    quality_tasks: str | None = column("results of lm-eval: JSON list of task, metric, value, stderr, samples, version")
    quality_remark: str | None = column("what a reader of these figures has to know, in words")
    watched: str | None = column(
        "vllm, sglang, tgi or llama.cpp: a server of somebody else was watched, which nobody controlled, so the run is "
        "never compared; null of a run that ecotui made itself"
    )
    watched_address: str | None = column("where that server was asked, without user, password and query")
    watched_bare_run: str | None = column("the earlier run whose bare idle power its net energy is net of")
    watched_prompt_tokens: int | None = column("prompt tokens that the server counted in all windows")
    watched_running: float | None = column("requests in work there, mean over windows")
    watched_waiting: float | None = column("requests that waited there, mean over windows")

    @property
    def arm_label(self) -> str:
        """Short name for people, as an arm's: model, quantization, batch size, and the engine where it is not eager."""
        batch = None if self.batch_size is None else f"b{self.batch_size}"
        return " ".join(part for part in (self.model, self.quantization, batch, self.engine_label) if part)

    @property
    def is_watched(self) -> bool:
        """Whether it is of a server that was watched; told by the engine, which every reader of arms has at hand."""
        return (self.engine or "").startswith(WATCHED)

    @property
    def engine_label(self) -> str:
        """The engine where it is not generate() itself, else nothing."""
        return "" if self.engine in (None, "eager") else str(self.engine)

    @property
    def quantization_label(self) -> str:
        """Quantization, and the engine where it is not eager."""
        return " ".join(part for part in (self.quantization, self.engine_label) if part)


def row_dict(row: WindowRow | RunRow) -> dict[str, Any]:
    """The row as JSON values, columns in order; times as ISO 8601 in UTC."""
    out = {f.name: getattr(row, f.name) for f in fields(row)}
    return {k: v.isoformat() if isinstance(v, datetime) else v for k, v in out.items()}
