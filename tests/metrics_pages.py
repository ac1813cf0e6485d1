"""Metrics pages of the four servers, as they write them, with counters that a test turns."""

from __future__ import annotations

from dataclasses import dataclass

VLLM = """\
# HELP process_start_time_seconds Start time of the process since unix epoch in seconds.
# TYPE process_start_time_seconds gauge
process_start_time_seconds {born}
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{{engine="0",model_name="mistralai/Mistral-7B-v0.1"}} {running}
# HELP vllm:num_requests_waiting Number of requests waiting to be processed.
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{{engine="0",model_name="mistralai/Mistral-7B-v0.1"}} {waiting}
# HELP vllm:prompt_tokens_total Number of prefill tokens processed.
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{{engine="0",model_name="mistralai/Mistral-7B-v0.1"}} {prompt}
# HELP vllm:prompt_tokens_created Number of prefill tokens processed.
# TYPE vllm:prompt_tokens_created gauge
vllm:prompt_tokens_created{{engine="0",model_name="mistralai/Mistral-7B-v0.1"}} 1.7484e+09
# HELP vllm:generation_tokens_total Number of generation tokens processed.
# TYPE vllm:generation_tokens_total counter
vllm:generation_tokens_total{{engine="0",model_name="mistralai/Mistral-7B-v0.1"}} {generated}
# HELP vllm:iteration_tokens_total Histogram of number of tokens per engine_step.
# TYPE vllm:iteration_tokens_total histogram
vllm:iteration_tokens_total_bucket{{engine="0",le="1.0",model_name="mistralai/Mistral-7B-v0.1"}} 3.0
vllm:iteration_tokens_total_bucket{{engine="0",le="+Inf",model_name="mistralai/Mistral-7B-v0.1"}} 9.0
vllm:iteration_tokens_total_count{{engine="0",model_name="mistralai/Mistral-7B-v0.1"}} 9.0
vllm:iteration_tokens_total_sum{{engine="0",model_name="mistralai/Mistral-7B-v0.1"}} 512.0
"""
SGLANG = """\
# HELP sglang:num_running_reqs The number of running requests.
# TYPE sglang:num_running_reqs gauge
sglang:num_running_reqs{{engine_type="unified",model_name="meta-llama/Llama-3.1-8B-Instruct",tp_rank="0"}} {running}
# HELP sglang:num_queue_reqs The number of requests in the waiting queue.
# TYPE sglang:num_queue_reqs gauge
sglang:num_queue_reqs{{engine_type="unified",model_name="meta-llama/Llama-3.1-8B-Instruct",tp_rank="0"}} {waiting}
# HELP sglang:gen_throughput The generation throughput (token/s).
# TYPE sglang:gen_throughput gauge
sglang:gen_throughput{{engine_type="unified",model_name="meta-llama/Llama-3.1-8B-Instruct",tp_rank="0"}} 86.5
# HELP sglang:prompt_tokens_total Number of prefill tokens processed.
# TYPE sglang:prompt_tokens_total counter
sglang:prompt_tokens_total{{model_name="meta-llama/Llama-3.1-8B-Instruct"}} {prompt}
# HELP sglang:generation_tokens_total Number of generation tokens processed.
# TYPE sglang:generation_tokens_total counter
sglang:generation_tokens_total{{model_name="meta-llama/Llama-3.1-8B-Instruct"}} {generated}
"""
TGI = """\
# TYPE tgi_batch_current_size gauge
tgi_batch_current_size {running}
# TYPE tgi_queue_size gauge
tgi_queue_size {waiting}
# TYPE tgi_request_generated_tokens histogram
tgi_request_generated_tokens_bucket{{le="512"}} 7
tgi_request_generated_tokens_bucket{{le="+Inf"}} 7
tgi_request_generated_tokens_sum {generated}
tgi_request_generated_tokens_count 7
# TYPE tgi_request_input_length histogram
tgi_request_input_length_bucket{{le="+Inf"}} 7
tgi_request_input_length_sum {prompt}
tgi_request_input_length_count 7
"""
LLAMA = """\
# HELP llamacpp:prompt_tokens_total Number of prompt tokens processed, excluding cached tokens
# TYPE llamacpp:prompt_tokens_total counter
llamacpp:prompt_tokens_total {prompt}
# HELP llamacpp:prompt_tokens_cached_total Number of prompt tokens reused from the cache
# TYPE llamacpp:prompt_tokens_cached_total counter
llamacpp:prompt_tokens_cached_total 0
# HELP llamacpp:prompt_seconds_total Total time spent processing prompts
# TYPE llamacpp:prompt_seconds_total counter
llamacpp:prompt_seconds_total 7.90225
# HELP llamacpp:tokens_predicted_total Number of generation tokens processed
# TYPE llamacpp:tokens_predicted_total counter
llamacpp:tokens_predicted_total {generated}
# HELP llamacpp:tokens_predicted_seconds_total Total time spent generating tokens
# TYPE llamacpp:tokens_predicted_seconds_total counter
llamacpp:tokens_predicted_seconds_total 701.184
# HELP llamacpp:n_decode_total Total number of llama_decode() calls, excluding speculative decoding and multimodal decoding
# TYPE llamacpp:n_decode_total counter
llamacpp:n_decode_total 459520
# HELP llamacpp:n_tokens_max Largest observed sequence length (prompt + generation)
# TYPE llamacpp:n_tokens_max counter
llamacpp:n_tokens_max 206
# HELP llamacpp:spec_decode_num_draft_tokens_total Speculative: Total draft tokens generated
# TYPE llamacpp:spec_decode_num_draft_tokens_total counter
llamacpp:spec_decode_num_draft_tokens_total 0
# HELP llamacpp:spec_decode_num_accepted_tokens_total Speculative: Total draft tokens accepted by the target model
# TYPE llamacpp:spec_decode_num_accepted_tokens_total counter
llamacpp:spec_decode_num_accepted_tokens_total 0
# HELP llamacpp:spec_decode_num_drafts_total Speculative: Total speculative decoding verification steps
# TYPE llamacpp:spec_decode_num_drafts_total counter
llamacpp:spec_decode_num_drafts_total 0
# HELP llamacpp:prompt_tokens_seconds Average prompt throughput in tokens/s
# TYPE llamacpp:prompt_tokens_seconds gauge
llamacpp:prompt_tokens_seconds 1940.02
# HELP llamacpp:predicted_tokens_seconds Average generation throughput in tokens/s
# TYPE llamacpp:predicted_tokens_seconds gauge
llamacpp:predicted_tokens_seconds 590.19
# HELP llamacpp:requests_processing Number of requests processing
# TYPE llamacpp:requests_processing gauge
llamacpp:requests_processing {running}
# HELP llamacpp:requests_deferred Number of requests deferred
# TYPE llamacpp:requests_deferred gauge
llamacpp:requests_deferred {waiting}
# HELP llamacpp:n_busy_slots_per_decode Average number of busy slots per llama_decode() call
# TYPE llamacpp:n_busy_slots_per_decode gauge
llamacpp:n_busy_slots_per_decode 1
"""  # noqa: E501 - as the server wrote it
"""llama-server 0.5.0-dev on a CPU (llama.cpp as llama-cpp-python 0.3.36 carries it), a request under way.

It names no model. Only the four figures that a test turns are not the server's own.
"""
PAGES = {"vllm": VLLM, "sglang": SGLANG, "tgi": TGI, "llama.cpp": LLAMA}


@dataclass
class Counters:
    """What a page tells."""

    generated: float = 7.5e6
    prompt: float = 1000.0
    running: float = 4.0
    waiting: float = 1.0
    born: float = 1.7484e9

    def page(self, server: str) -> str:
        """The page of a server."""
        return PAGES[server].format(**vars(self))
