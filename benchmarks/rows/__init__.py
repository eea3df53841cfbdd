"""The rows of the benchmark and the functions that measure them."""

# Dotted paths, because the functions can only be imported after Django is set up. One function
# may measure several rows.
BY_NAME = {
    "webhooks_task_per_event": "benchmarks.rows.throughput:webhooks_task_per_event",
    "webhooks_50ms": "benchmarks.rows.throughput:webhooks_50ms",
    "commit_to_attempt": "benchmarks.rows.latency:commit_to_attempt",
    "commit_to_attempt_p99": "benchmarks.rows.latency:commit_to_attempt",
    "dead_receiver": "benchmarks.rows.dead_receiver:dead_receiver",
    "outbox_cost": "benchmarks.rows.outbox_cost:outbox_cost",
    "catalog_warm": "benchmarks.rows.pulls:catalog_warm",
    "catalog_cold": "benchmarks.rows.pulls:catalog_cold",
    "catalog_30000": "benchmarks.rows.pulls:catalog_30000",
    "catalog_30000_memory": "benchmarks.rows.pulls:catalog_30000",
    "edit_to_snapshot": "benchmarks.rows.edits:edit_to_snapshot",
    "switch_to_event": "benchmarks.rows.edits:switch_to_event",
    "order_intake": "benchmarks.rows.orders:order_intake",
    "order_intake_p99": "benchmarks.rows.orders:order_intake",
    "order_tail": "benchmarks.rows.orders:order_tail",
    "events_intake": "benchmarks.rows.events:events_intake",
    "events_intake_p99": "benchmarks.rows.events:events_intake_p99",
    "board_200": "benchmarks.rows.board:board_200",
    "import_30000": "benchmarks.rows.imports:import_30000",
    "dsp_publish": "benchmarks.rows.published_menus:dsp_publish",
    "dsp_publish_memory": "benchmarks.rows.published_menus:dsp_publish",
    "dsp_publish_reads": "benchmarks.rows.published_menus:dsp_publish",
    "dsp_update": "benchmarks.rows.published_menus:dsp_update",
    "dsp_menu_warm": "benchmarks.rows.channel:dsp_menu_warm",
    "dsp_quote": "benchmarks.rows.channel:dsp_quote",
    "dsp_order": "benchmarks.rows.channel:dsp_order",
    "dsp_order_p99": "benchmarks.rows.channel:dsp_order",
}
