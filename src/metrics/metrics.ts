import { LOSS_REASONS } from "../capture/loss.js";
import type { SinkStatus } from "../ship/start.js";
import type { Snapshot } from "../status/snapshot.js";
import { exposition, type Metric, type Sample } from "./exposition.js";

/** What Prometheus is told of a snapshot. */
export function metricsText(snapshot: Snapshot): string {
  return exposition(metricsOf(snapshot));
}

/** A snapshot as metrics. The number of series is bounded: by reasons, severities and sinks, never by what is executed. */
export function metricsOf(snapshot: Snapshot): readonly Metric[] {
  return [
    ...agentMetrics(snapshot),
    ...captureMetrics(snapshot),
    ...logMetrics(snapshot),
    ...sinkMetrics(snapshot.sinks),
  ];
}

function agentMetrics(snapshot: Snapshot): readonly Metric[] {
  const { version, started, healthy, rules, matches, alertsBySeverity, undecided, incidents, cap, exceptions } =
    snapshot;
  const severities = Object.entries(alertsBySeverity).map(([severity, value]) => ({ labels: { severity }, value }));
  return [
    gauge("wallwatch_build_info", "The version, as a label; always 1.", { labels: { version }, value: 1 }),
    gauge("wallwatch_start_time_seconds", "When the agent began to watch, in Unix time.", seconds(started)),
    gauge("wallwatch_healthy", "1 where wallwatch status says healthy, 0 where it says degraded.", Number(healthy)),
    gauge("wallwatch_rules_live", "Rules that are evaluated.", rules.live),
    gauge("wallwatch_rule_files_broken", "Rule files that could not be loaded.", rules.broken),
    counter("wallwatch_matches_total", "Matches of rules, whether an alert came of them or not.", matches),
    { ...counter("wallwatch_alerts_total", "Alerts that were raised, by severity."), samples: severities },
    counter("wallwatch_alerts_undecided_total", "Alerts about execs that could not be read whole.", undecided),
    counter("wallwatch_incidents_total", "Incidents, to which alerts belong.", incidents),
    counter("wallwatch_matches_capped_total", "Matches that became no alert because there were too many.", cap.held),
    counter(
      "wallwatch_matches_excepted_total",
      "Matches that an exception kept from being alerts.",
      exceptions.matches,
    ),
    gauge("process_resident_memory_bytes", "Resident memory.", snapshot.memory.rss),
    counter("process_cpu_seconds_total", "Processor time of user and system.", cpuSeconds()),
  ];
}

function captureMetrics({ lane, execs, losses, canary, memory, capture }: Snapshot): readonly Metric[] {
  const lanes = ["kernel", "proc"].map((name) => ({ labels: { lane: name }, value: Number(name === lane) }));
  const lost = LOSS_REASONS.map((reason) => ({ labels: { reason }, value: losses[reason]?.count ?? 0 }));
  const metrics: Metric[] = [
    counter("wallwatch_execs_total", "Programs that were started on this host.", execs),
    { ...gauge("wallwatch_capture_lane", "1 for the lane by which execs are read."), samples: lanes },
    { ...counter("wallwatch_lost_events_total", "Events that capture lost, or had late, by reason."), samples: lost },
    counter(
      "wallwatch_forged_messages_total",
      "Messages on the process connector that did not come from the kernel, and were refused.",
      capture["forged"] ?? 0,
    ),
    gauge("wallwatch_process_table_bytes", "Memory of the table of processes.", memory.table),
  ];
  if (canary === null) return metrics;
  const { seen, missed, lastSeen } = canary;
  return [
    ...metrics,
    counter("wallwatch_canaries_seen_total", "Execs of the agent's own that came by.", seen),
    counter("wallwatch_canaries_missed_total", "Execs of the agent's own that did not come by.", missed),
    {
      ...gauge("wallwatch_canary_last_seen_timestamp_seconds", "When one came by last, in Unix time."),
      samples: lastSeen === null ? [] : [{ value: seconds(lastSeen) }],
    },
  ];
}

function logMetrics({ log }: Snapshot): readonly Metric[] {
  const { written, size, disk, waiting, outage, forcedOut, discarded } = log;
  return [
    counter("wallwatch_log_lines_total", "Lines that were put on disk.", written.lines),
    counter("wallwatch_log_bytes_total", "Bytes that were put on disk.", written.bytes),
    gauge("wallwatch_log_size_bytes", "Size of the log, all its segments together.", size),
    gauge("wallwatch_log_size_limit_bytes", "What it may take of the disk.", disk),
    gauge("wallwatch_log_waiting_lines", "Lines that wait in memory for the disk.", waiting.lines),
    gauge("wallwatch_log_waiting_bytes", "Their bytes.", waiting.bytes),
    gauge("wallwatch_log_refused", "1 while the disk refuses the log.", Number(outage !== null)),
    {
      ...counter(
        "wallwatch_log_lost_lines_total",
        "Lines that had no room in memory, or on disk before every sink had them.",
      ),
      samples: [
        { labels: { reason: "memory" }, value: forcedOut },
        { labels: { reason: "disk" }, value: discarded },
      ],
    },
  ];
}

function sinkMetrics(sinks: readonly SinkStatus[]): readonly Metric[] {
  const each = (metric: Metric, value: (sink: SinkStatus) => number | undefined): Metric => {
    const samples = sinks.flatMap((sink): Sample[] => {
      const number = value(sink);
      return number === undefined ? [] : [{ labels: { sink: sink.name, type: sink.type }, value: number }];
    });
    return { ...metric, samples };
  };
  return [
    each(counter("wallwatch_sink_sent_total", "Documents that a sink has taken."), ({ sent }) => sent),
    each(
      counter("wallwatch_sink_dead_letters_total", "Documents that it refused for good."),
      (sink) => sink.deadLetters,
    ),
    each(counter("wallwatch_sink_retries_total", "Requests that were sent again."), ({ retries }) => retries),
    each(gauge("wallwatch_sink_waiting_lines", "Lines that wait for it."), ({ waiting }) => waiting.lines),
    each(gauge("wallwatch_sink_waiting_bytes", "Their bytes."), ({ waiting }) => waiting.bytes),
    each(gauge("wallwatch_sink_holding", "1 while it takes nothing."), ({ holding }) => Number(holding !== undefined)),
    each(
      gauge(
        "wallwatch_sink_oldest_waiting_timestamp_seconds",
        "When the oldest line that waits was written, in Unix time.",
      ),
      ({ waiting }) => waiting.oldest && seconds(waiting.oldest),
    ),
    each(
      gauge("wallwatch_sink_last_sent_timestamp_seconds", "When it took a document last, in Unix time."),
      ({ lastSent }) => lastSent && seconds(lastSent),
    ),
  ];
}

function counter(name: string, help: string, ...values: readonly (number | Sample)[]): Metric {
  return { name, type: "counter", help, samples: values.map(sample) };
}

function gauge(name: string, help: string, ...values: readonly (number | Sample)[]): Metric {
  return { name, type: "gauge", help, samples: values.map(sample) };
}

function sample(value: number | Sample): Sample {
  return typeof value === "number" ? { value } : value;
}

function seconds(ms: number): number {
  return ms / 1000;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
